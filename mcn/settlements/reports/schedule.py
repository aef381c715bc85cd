"""The report of the month before is made on a day of the month, and who wants it is mailed a link (docs/money.md §14).

Whoever runs this again does nothing twice: a month is ordered once, and its link mailed once. A worker that is killed
while it makes the report leaves the job, which is sent again like any other. One that failed is ordered again, a few
times, and if it never succeeds the mail says so.
"""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts import audit
from mcn.accounts.mailing import mail_link, site_link
from mcn.accounts.models import Membership, User
from mcn.core import formats
from mcn.core.errors import Conflict, RuleError
from mcn.core.periods import Period as Month
from mcn.jobs.models import Job
from mcn.settlements.exports import jobs as exports
from mcn.settlements.models import Period, ReportRecipient, ScheduledReport
from mcn.settlements.services.moves import check_allowed
from mcn.tenancy.locks import agency_lock
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

PERMISSION = "reports.change"
LAST_DAY = 28  # every month has it
LOCK_SPACE = 0x72706461  # "rpda": keeps this lock apart from other advisory locks
MOST_ORDERS = 3  # of one month: what fails three times needs somebody to look
PAUSE = timedelta(hours=1)  # before a failed one is ordered again: long enough for a full disk to be emptied


def candidates() -> list[Membership]:
    """The members who may be mailed: those who may open what the link leads to, by name."""
    members = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user")
    return [one for one in members.order_by("name", "pk") if one.can("settlements.view") and one.can("jobs.view")]


def recipients() -> list[Membership]:
    """Those of them who were chosen."""
    chosen = set(ReportRecipient.objects.values_list("member_id", flat=True))
    return [member for member in candidates() if member.pk in chosen]


@transaction.atomic
def schedule_save(*, actor: User | None, day: int | None, members: Iterable[int]) -> bool:
    """Keep the day of the month (1 to 28; None: never) and whom to mail, by membership id; whether anything changed.

    Raises NotAllowed without `reports.change`, RuleError for another day or somebody who may not see settlements.
    """
    check_allowed(actor, PERMISSION)
    if day is not None and not 1 <= day <= LAST_DAY:
        raise RuleError(gettext_lazy("is between 1 and %(most)s."), field="day", most=LAST_DAY)
    agency = Agency.objects.get(pk=current_agency_id())
    wanted = set(members)
    known = {member.pk: member.name for member in candidates()}
    if not wanted <= known.keys():
        raise RuleError(gettext_lazy("Only members who may see settlements are mailed a link."), field="members")
    before = {"report_day": agency.report_day, "report_recipients": _names()}
    if agency.report_day != day:
        agency.report_day = day
        agency.save(update_fields=["report_day"])
    rows = ReportRecipient.objects.all()
    rows.exclude(member__in=wanted).delete()
    new = wanted - set(rows.values_list("member_id", flat=True))
    ReportRecipient.objects.bulk_create(ReportRecipient(member_id=pk) for pk in sorted(new))
    after = {"report_day": day, "report_recipients": _names()}
    if before == after:
        return False
    audit.record(actor=actor, action="change", target=agency, before=before, after=after)
    return True


def _names() -> list[str]:
    return sorted(ReportRecipient.objects.values_list("member__name", flat=True))


@transaction.atomic
def order_due() -> bool:
    """Order the report of the month before, if its day has come, it is calculated and was not ordered by the schedule.

    The day is the agency's business day. A month that is calculated only later is ordered then; so is one whose
    report somebody is having made at the moment. An order that failed is repeated after PAUSE, up to MOST_ORDERS.
    """
    agency = Agency.objects.get(pk=current_agency_id())
    today = agency.today()
    if agency.report_day is None or today.day < agency.report_day:
        return False
    agency_lock(LOCK_SPACE)
    code = f"{Month.of(today).previous}"
    former = ScheduledReport.objects.select_related("job").filter(period=code).first()
    if former is not None and not _is_wanted_again(former):
        return False
    if not Period.objects.filter(code=code, calculated_at__isnull=False).exists():
        return False
    try:
        with translation.override(settings.LANGUAGE_CODE):
            job = exports.start(
                actor=None, period=code, what=["report"], formats=[], order=1 + (orders_of(former) if former else 0)
            )
    except Conflict:
        return False
    if former is None:
        ScheduledReport.objects.create(period=code, job=job)
    else:
        ScheduledReport.objects.filter(pk=former.pk).update(job=job, ordered_at=timezone.now())
    return True


def _is_wanted_again(row: ScheduledReport) -> bool:
    """Whether the last order of the month failed some time ago, and is not given up yet."""
    ended_at = row.job.finished_at
    has_failed = row.job.state == Job.State.FAILED and ended_at is not None and ended_at + PAUSE <= timezone.now()
    return has_failed and orders_of(row) < MOST_ORDERS


def orders_of(row: ScheduledReport) -> int:
    """How often the schedule has ordered the month's report so far."""
    return int(row.job.parameters.get(exports.ORDER, 1))


@transaction.atomic
def tell() -> int:
    """Mail the links of reports that are ready, and of those that are given up; once each. Returns how many reports.

    A report is given up when its last order has failed, or an order of a month that is no longer the month before. The
    mail names agency and month, and holds a link that needs signing in. It is sent once the mark is kept.
    """
    agency = Agency.objects.get(pk=current_agency_id())
    newest = f"{Month.of(agency.today()).previous}"
    waiting = ScheduledReport.objects.filter(mailed_at__isnull=True).exclude(job__state__in=Job.OPEN)
    told = 0
    for row in waiting.select_related("job").order_by("period"):
        is_ready = row.job.state == Job.State.DONE
        if not is_ready and row.period == newest and orders_of(row) < MOST_ORDERS:
            continue
        if ScheduledReport.objects.filter(pk=row.pk, mailed_at__isnull=True).update(mailed_at=timezone.now()):
            told += 1
            link = site_link(f"/a/{agency.slug}/jobs/{row.job_id}/")
            for member in recipients():
                transaction.on_commit(partial(_mail, member.user, agency.name, row.period, link, is_ready))
    return told


def _mail(person: User, agency: str, period: str, link: str, is_ready: bool) -> None:
    def words() -> tuple[str, str]:
        told = {"month": formats.period(period), "agency": agency}
        if is_ready:
            subject = _("Report of %(month)s: %(agency)s") % told
        else:
            subject = _("Report of %(month)s could not be made: %(agency)s") % told
        return subject, f"{subject}\n\n{link}\n"

    mail_link(person, words)
