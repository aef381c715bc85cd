"""Start an export: from a page, or from the command line."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import translation

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.settlements.exports import services

LONGEST_SUBJECT = 80
ORDER = "order"  # of jobs that the schedule of reports ordered: which order of that report, from 1


@transaction.atomic
def _checked(
    *, actor: User | None, period: str, what: Sequence[str], formats: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """Subject and parameters of the job, after the checks that need no waiting."""
    services.check_choice(what=what, formats=formats)
    services.check_allowed(actor=actor, what=what)
    services.exportable_period(period, what)
    formats = services.formats_used(what, formats)
    subject = f"{period} {','.join(what)} {','.join(formats)}"
    if len(subject) > LONGEST_SUBJECT:  # of two long ones, too, only the same is under way already
        subject = f"{subject[: LONGEST_SUBJECT - 13]}…{sha256(subject.encode()).hexdigest()[:12]}"
    parameters = {
        "period": period,
        "what": list(what),
        "formats": list(formats),
        "language": translation.get_language() or "en",
    }
    return subject, parameters


@transaction.atomic
def start(
    *, actor: User | None, period: str, what: Sequence[str], formats: Sequence[str], order: int | None = None
) -> Job:
    """Have the files made by a worker; the job's row holds the result. The audit trail says who asked: None is the
    schedule, which says which `order` of the same it is, from 1.

    Raises RuleError, NotAllowed and Conflict as `mcn.settlements.exports.services.write_files` does, and Conflict
    if the same export is already under way.
    """
    subject, parameters = _checked(actor=actor, period=period, what=what, formats=formats)
    parameters |= {} if order is None else {ORDER: order}
    job = jobs.start(actor=actor, kind="export", subject=subject, parameters=parameters)
    audit.record(actor=actor, action="export", target=job, after=parameters)
    return job


def run_here_or_follow(
    *,
    actor: User | None,
    period: str,
    what: Sequence[str],
    formats: Sequence[str],
    report: Callable[[Job], None] | None = None,
) -> Job:
    """The same for the command line: returns the finished job. Raises as `start` does."""
    subject, parameters = _checked(actor=actor, period=period, what=what, formats=formats)
    return jobs.run_here_or_follow(actor=actor, kind="export", subject=subject, parameters=parameters, report=report)
