"""After a month was calculated, a job of its own sums what its shares gave and took back.

The job does all months whose sums are missing or made from an earlier calculation, so a single one that is done brings
everything up to date: months calculated before there were such sums, too. Every month is a transaction of its own; a
worker that is killed leaves the sums that there were, and the next one goes on with what is left.
"""

from django.db import transaction
from django.utils.translation import gettext_noop

from mcn.accounts.models import User
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.settlements.exposure import sums
from mcn.settlements.models import ExposureMonth, Period
from mcn.settlements.services import moves
from mcn.tenancy.locks import agency_lock

KIND = "exposure"
SUMMING = gettext_noop("Adding up what was shared out and taken back")
LOCK_SPACE = 0x65787073  # "exps": keeps this lock apart from other advisory locks


@transaction.atomic
def start(*, actor: User | None) -> Job:
    """Have the sums brought up to date, in the transaction that calculated a month; returns the job that will.

    A job that waits does for several calculations; the lock on its row keeps it from beginning before this
    transaction has ended.
    """
    waiting = waiting_job(lock=True)
    return waiting or jobs.start(actor=actor, kind=KIND)


def waiting_job(*, lock: bool = False) -> Job | None:
    """The job that will do it and has not begun."""
    rows = Job.objects.select_for_update() if lock else Job.objects.all()
    return rows.filter(kind=KIND, state=Job.State.QUEUED).order_by("pk").first()


def stale() -> list[str]:
    """Months (YYYY-MM) that were calculated, again or for the first time, since their sums were made; oldest first."""
    made = dict(ExposureMonth.objects.values_list("period", "calculated_at"))
    rows = Period.objects.filter(calculated_at__isnull=False).order_by("code").values_list("code", "calculated_at")
    return [code for code, at in rows if made.get(code) != at]


def run(run: JobRun) -> dict[str, list[str]]:
    """The body of the job; returns the months that it did. Raises NotAllowed for who may not see settlements.

    It takes no lock that a calculation or an import waits for.
    """
    with transaction.atomic():
        moves.check_allowed(run.actor, "settlements.view")
        months = stale()
    done = []
    for number, code in enumerate(months):
        run.progress(number, len(months), SUMMING)
        if bring_up_to_date(code):
            done.append(code)
    return {"months": done}


@transaction.atomic
def bring_up_to_date(code: str) -> bool:
    """Replace the sums of a month, unless somebody else just did or it is being calculated again meanwhile.

    Returns whether they were replaced. A calculation that ends meanwhile has started a job for its own shares.
    """
    agency_lock(LOCK_SPACE)
    if code not in stale():
        return False
    at = _calculated_at(code)
    sums.replace(code)
    ExposureMonth.objects.filter(period=code).delete()
    ExposureMonth.objects.create(period=code, calculated_at=at)
    if _calculated_at(code) != at:
        transaction.set_rollback(True)
        return False
    return True


def _calculated_at(code: str) -> object:
    return Period.objects.values_list("calculated_at", flat=True).get(code=code)
