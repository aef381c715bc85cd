"""The xlsx of one statement as a job, where it has too many lines for a page to wait for."""

from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.core.errors import Conflict, NotAllowed
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.settlements.exports import services as exports
from mcn.settlements.exports import statement_book
from mcn.settlements.models import Statement
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id
from mcn.tenancy.snapshot import snapshot

KIND = "statement_xlsx"
MOST_AT_ONCE = 5_000  # shares that a request writes itself, in less than a second


def is_at_once(statement: Statement) -> bool:
    """Whether a request may write the file itself; else a job does."""
    return statement_book.size(statement) <= MOST_AT_ONCE


@transaction.atomic
def start(*, actor: User, statement: Statement) -> Job:
    """Have the file made by a worker; the job's row holds it. The audit trail says who asked.

    Raises NotAllowed for who may neither export settlements nor is the payee, Conflict if it is already under way.
    """
    _check_allowed(actor, statement.payee_id)
    period = statement.period.code
    job = jobs.start(
        actor=actor,
        kind=KIND,
        subject=f"{period} {statement.code}",
        parameters={
            "period": period,
            "payee": statement.payee_id,
            "code": statement.code,
            "language": translation.get_language() or "en",
        },
    )
    audit.record(actor=actor, action="export", target=statement)
    return job


def _check_allowed(actor: User | None, payee_id: int) -> None:
    """Raises NotAllowed: a payee has the own statement, all others need the right to export."""
    if actor is not None and Anchor.objects.filter(member__user=actor, payee=payee_id).exists():
        return
    if actor is None:
        raise NotAllowed(_("A statement's file is made for a member of the agency."))
    exports.check_allowed(actor=actor)


def run(run: JobRun) -> dict[str, Any]:
    """The body of the job: the file below `exports/<job>/`."""
    told, actor = run.parameters, run.actor
    name, file = f"{exports.FOLDER}/{run.job_id}", "statement.xlsx"
    with snapshot(), files.draft_folder(name) as folder, translation.override(told["language"]):
        _check_allowed(actor, told["payee"])
        rows = Statement.objects.select_related("period").defer("period__inputs")
        statement = rows.filter(period__code=told["period"], payee=told["payee"]).first()
        if statement is None:
            raise Conflict(_("There is no such statement any more."))
        agency = Agency.objects.get(pk=current_agency_id())
        count = statement_book.write(folder / file, agency, statement)
    run.result(f"{name}/{file}", statement_book.file_name(statement))
    return {"rows": count}


def latest(statement: Statement) -> Job | None:
    """The newest job of this statement that is under way, or whose file is of the figures as they stand."""
    period = statement.period
    jobs_of = Job.objects.filter(
        kind=KIND, parameters__period=period.code, parameters__payee=statement.payee_id
    ).order_by("-created_at")
    job = jobs_of.first()
    if job is None or job.is_open:
        return job
    moment = period.closed_at or period.calculated_at
    fresh = job.state == Job.State.DONE and moment is not None and job.created_at > moment
    return job if fresh and not exports.has_expired(job) else None
