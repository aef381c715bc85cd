"""Who asks: the person signed in to the console."""

from django.http import HttpRequest
from rest_framework.authentication import SessionAuthentication


class ConsoleSession(SessionAuthentication):
    """The console's session. Who is not signed in gets 401 and not 403."""

    def authenticate_header(self, request: HttpRequest) -> str:
        return "Session"
