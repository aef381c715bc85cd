"""Have a proof pack made: from the page of a closed month, or from the command line."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.commissions.calculation.tables import tune
from mcn.core.errors import Conflict
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.settlements.exports import services as exports
from mcn.settlements.models import Period, ProofPack
from mcn.settlements.proof_pack import building
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id
from mcn.tenancy.snapshot import snapshot

KIND = "proof_pack"


@transaction.atomic
def start(*, actor: User, period: str) -> Job:
    """Have the pack of a closed month (YYYY-MM) made by a worker; the job's row holds the file.

    Raises NotAllowed for who may not export settlements, Conflict for a month that is not closed, and if the same
    pack is already under way.
    """
    exports.check_allowed(actor=actor)
    _closed(period)
    job = jobs.start(actor=actor, kind=KIND, subject=period, parameters={"period": period})
    audit.record(actor=actor, action="export", target=job, after={"period": period})
    return job


def run_here_or_follow(*, period: str, report: Callable[[Job], None] | None = None) -> Job:
    """The same for the command line: returns the finished job. Raises as `start` does."""
    with transaction.atomic():
        _closed(period)
    return jobs.run_here_or_follow(actor=None, kind=KIND, subject=period, parameters={"period": period}, report=report)


def run(run: JobRun) -> dict[str, Any]:
    """The body of the job: the file below `exports/<job>/`; its SHA-256 is kept with the month and in the trail."""
    code, actor = run.parameters["period"], run.actor
    name = f"{exports.FOLDER}/{run.job_id}"
    file = f"proof-pack-{code}.zip"
    with snapshot(), files.draft_folder(name) as folder:
        exports.check_allowed(actor=actor)
        tune()
        period = _closed(code)
        agency = Agency.objects.get(pk=current_agency_id())
        packed = building.write(folder / file, agency, period, run.progress)
        kept, _made = ProofPack.objects.get_or_create(period=period, sha256=packed.sha256, size=packed.size)
        told = {"period": code, "sha256": packed.sha256, "size": packed.size}
        audit.record(actor=actor, action="export", target=kept, after=told)
    run.result(f"{name}/{file}", file)
    return {**told, "shares": packed.shares}


def _closed(code: str) -> Period:
    period = Period.objects.filter(code=code).first()
    if period is None or period.state != Period.State.CLOSED:
        raise Conflict(_("%(period)s is not closed: only a closed month has a proof pack."), period=code)
    return period
