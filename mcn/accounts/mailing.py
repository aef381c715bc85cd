"""Mails: invitations, and links to what waits for somebody."""

from collections.abc import Callable

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from mcn.accounts.models import Invitation, User


def invitation_link(request: HttpRequest, slug: str, token: str) -> str:
    """The full address that opens an invitation; it lies outside of the agency's own prefix."""
    return request.build_absolute_uri(f"/join/{slug}/{token}/")


def mail_invitation(agency_name: str, invitation: Invitation, link: str) -> bool:
    """Send the link to the invited person; False if the mail server did not take it.

    Whoever invites sees the link, too, so a mail server that refuses stops nothing.
    """
    subject = _("Invitation to %(agency)s") % {"agency": agency_name}
    text = _(
        "Hello %(name)s,\n\n%(agency)s invites you to its platform. Open this link within seven days:\n\n%(link)s\n"
    ) % {"name": invitation.name, "agency": agency_name, "link": link}
    try:
        return send_mail(subject, text, None, [invitation.email]) == 1
    except OSError:
        return False


def site_link(path: str) -> str:
    """The full address of a path of this site, for mails that no request sends."""
    return f"{settings.SITE_URL}{path}"


def mail_link(person: User, words: Callable[[], tuple[str, str]]) -> bool:
    """Mail somebody subject and text, as `words` says them in the person's language; False if the server refused.

    Mails hold a link and no personal data, which is seen after signing in only.
    """
    with translation.override(person.language or settings.LANGUAGE_CODE):
        subject, text = words()
    try:
        return send_mail(subject, text, None, [person.email]) == 1
    except OSError:
        return False
