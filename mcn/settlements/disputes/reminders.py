"""The agency is told when its time to answer disputes runs out, and again when it is over: once each (money.md §10)."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mcn.accounts.mailing import mail_link, site_link
from mcn.accounts.models import Membership, User
from mcn.settlements.disputes import reads
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

REMIND_BEFORE = timedelta(days=1)


@transaction.atomic
def remind() -> int:
    """Mark what is due by tomorrow, and what is overdue; mail a link to those who may answer. Returns how many steps.

    The mail says how many disputes there are and nothing of whom they are. It is sent once the marks are kept, so
    whoever runs this again sends nothing twice; a mail server that refuses stops nothing, as the pages tell too.
    """
    agency = Agency.objects.get(pk=current_agency_id())
    today, now = agency.today(), timezone.now()
    overdue = reads.due(today - timedelta(days=1)).filter(overdue_at__isnull=True).update(overdue_at=now)
    soon = reads.due(today + REMIND_BEFORE).filter(answer_by__gte=today, reminded_at__isnull=True)
    reminded = soon.update(reminded_at=now)
    if overdue or reminded:
        link = site_link(f"/a/{agency.slug}/disputes/")
        for person in answering():
            transaction.on_commit(partial(_mail, person, agency.name, link, reminded, overdue))
    return overdue + reminded


def answering() -> list[User]:
    """The members who may answer disputes."""
    members = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user").order_by("pk")
    return [member.user for member in members if member.can("disputes.answer")]


def _mail(person: User, agency: str, link: str, due: int, overdue: int) -> None:
    def words() -> tuple[str, str]:
        parts = []
        if overdue:
            text = ngettext("%(n)s dispute is overdue.", "%(n)s disputes are overdue.", overdue)
            parts.append(text % {"n": overdue})
        if due:
            text = ngettext(
                "%(n)s dispute has to be answered by tomorrow.",
                "%(n)s disputes have to be answered by tomorrow.",
                due,
            )
            parts.append(text % {"n": due})
        subject = _("Disputes to answer at %(agency)s") % {"agency": agency}
        return subject, "\n".join([*parts, "", link, ""])

    mail_link(person, words)
