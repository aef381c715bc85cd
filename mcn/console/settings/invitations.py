"""Handing out an invitation: its link is shown once, because only a hash of its secret is kept."""

from typing import Any

from django.core.mail import send_mail
from django.http import HttpRequest
from django.utils.translation import gettext as _

from mcn.accounts.models import Invitation


def invitation_link(request: HttpRequest, slug: str, token: str) -> str:
    """The full address that opens an invitation; it lies outside of the agency's own prefix."""
    return request.build_absolute_uri(f"/join/{slug}/{token}/")


def deliver(request: HttpRequest, invitation: Invitation, token: str) -> dict[str, Any]:
    """Mail the link to the invited person; returns the context of the page that shows it once.

    A mail server that refuses does not stop it: the link can be handed over by other means.
    """
    agency = request.agency  # type: ignore[attr-defined]
    link = invitation_link(request, agency.slug, token)
    mailed = mail(agency.name, invitation, link)
    return {"title": _("Invitation to %(email)s") % {"email": invitation.email}, "link": link, "mailed": mailed}


def mail(agency_name: str, invitation: Invitation, link: str) -> bool:
    """Send the invitation; False if the mail server did not take it."""
    subject = _("Invitation to %(agency)s") % {"agency": agency_name}
    text = _(
        "Hello %(name)s,\n\n%(agency)s invites you to its platform. Open this link within seven days:\n\n%(link)s\n"
    ) % {"name": invitation.name, "agency": agency_name, "link": link}
    try:
        return send_mail(subject, text, None, [invitation.email]) == 1
    except OSError:
        return False
