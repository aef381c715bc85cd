"""Handing out an invitation: its link is shown once, because only a hash of its secret is kept."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from mcn.accounts.mailing import invitation_link, mail_invitation
from mcn.accounts.models import Invitation


def deliver(request: HttpRequest, invitation: Invitation, token: str) -> dict[str, Any]:
    """Mail the link to the invited person; returns the context of the page that shows it once."""
    agency = request.agency  # type: ignore[attr-defined]
    link = invitation_link(request, agency.slug, token)
    mailed = mail_invitation(agency.name, invitation, link)
    return {"title": _("Invitation to %(email)s") % {"email": invitation.email}, "link": link, "mailed": mailed}
