"""Looking at a platform file before it is taken in: what it would change, and then the decision.

The look is the import itself, taken back at its end. Who takes the file in afterwards starts a new import, as others
may have come in between; so its difference may be another one, and is kept in the place of the look's.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from mcn.accounts.models import User
from mcn.core.errors import Conflict
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.sales import services as sales
from mcn.sales.models import SalesImport
from mcn.settlements import intake

WAITS = timedelta(days=7)
State = SalesImport.State


def run(run: JobRun) -> None:
    """The body of a preview job: the import, its difference, and all of it taken back but for that.

    The import's new state and the end of the job are one transaction, so a job that is repeated after a kill has
    either done nothing or does nothing. Raises DomainError with the reason if the file could not be imported; the
    import is then marked as failed, as it would be without a preview.
    """
    with intake.failing(run), transaction.atomic():
        sales.lock_sales()
        with transaction.atomic():
            tried = SalesImport.objects.get(pk=run.parameters["sales_import"])
            result, anchors = intake.bring_in(run, tried, keep_rows=False)
            transaction.set_rollback(True)
        sales_import = SalesImport.objects.get(pk=run.parameters["sales_import"])
        sales.move(sales_import, "preview", counts=result.counts, rejected_file=result.rejected_file)
        sales.keep_difference(
            sales_import=sales_import, format=result.format, difference=result.difference, anchors=anchors
        )
        run.finish(result.counts)


@transaction.atomic
def take_in(*, actor: User | None, sales_import: SalesImport, hand_over: bool = True) -> Job:
    """Have a previewed file imported; returns the job. Raises Conflict if somebody else has decided already, or the
    same file is just being imported.
    """
    sales.move(sales_import, "take_in")
    job = intake.create_job(actor=actor, sales_import=sales_import, kind="import")
    if hand_over:
        transaction.on_commit(lambda: jobs.send(job))
    return job


@transaction.atomic
def drop(*, actor: User | None, sales_import: SalesImport) -> None:
    """Decide that a previewed file is not taken in, and remove it. Raises Conflict if somebody else has decided."""
    sales.drop_import(actor=actor, sales_import=sales_import)


def drop_undecided() -> int:
    """Drop the previews of the agency in scope on which nobody has decided for a week; returns how many.

    Files of dropped imports that a killed process left behind go, too.
    """
    with transaction.atomic():
        previews = SalesImport.objects.filter(state=State.PREVIEWED, difference__made_at__lt=timezone.now() - WAITS)
        undecided = list(previews)
        left_behind = list(SalesImport.objects.filter(state=State.DROPPED).exclude(stored_path=""))
    for sales_import in left_behind:
        sales.remove_dropped_file(sales_import)
    return sum(_drop_if_undecided(sales_import) for sales_import in undecided)


def _drop_if_undecided(sales_import: SalesImport) -> bool:
    try:
        drop(actor=None, sales_import=sales_import)
    except Conflict:  # somebody decided just now
        return False
    return True
