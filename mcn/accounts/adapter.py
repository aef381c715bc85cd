"""How people come in: nobody signs up, everybody is invited."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitationOnly(DefaultAccountAdapter):
    """Sign-in by e-mail; accounts are made by accepting an invitation (`mcn.console.entrance.join`)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
