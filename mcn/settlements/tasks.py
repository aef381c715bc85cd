"""Bodies of the long work of a month: thin, all decisions are in the services."""

from typing import Any

from celery import shared_task
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.core.errors import NotAllowed
from mcn.jobs.services import JobRun
from mcn.settlements import intake, mending, preview, pulling, services, verification
from mcn.settlements.disputes import reminders
from mcn.settlements.exports import services as exports
from mcn.settlements.exports import statement_book_job
from mcn.settlements.exposure import job as exposure
from mcn.settlements.proof_pack import job as packs
from mcn.settlements.reports import schedule
from mcn.settlements.reports import sums as reports
from mcn.settlements.services import closing
from mcn.settlements.whatif import ghosts
from mcn.settlements.whatif import job as whatif
from mcn.tenancy.tasks import each_agency


def import_sales(run: JobRun) -> dict[str, Any]:
    """Import one platform file."""
    return intake.run(run)


def pull(run: JobRun) -> dict[str, Any]:
    """Fetch the orders of one connection."""
    return pulling.run(run)


def preview_sales(run: JobRun) -> None:
    """Work out what one platform file would change."""
    preview.run(run)


def calculate(run: JobRun) -> dict[str, Any]:
    """Calculate the draft of a month; refund exposure and ghost rules have jobs of their own afterwards."""
    actor = run.actor
    with transaction.atomic():
        totals = services.calculate(actor=actor, period=run.parameters["period"], progress=run.progress)
        exposure.start(actor=actor)
        ghosts.start(actor=actor)
        run.finish(totals)  # or a repeat would calculate, and tell, what is calculated
    return totals


def sum_exposure(run: JobRun) -> dict[str, Any]:
    """Sum what the shares of calculated months gave and took back, and what their reports show."""
    counts = exposure.run(run)
    reports.bring_all_up_to_date()
    return counts


def match(run: JobRun) -> None:
    """Match the lines of open months again after causes were mended."""
    mending.run(run)


def submit(run: JobRun) -> None:
    """Hand a month over for review in the name of the member who asked. Raises NotAllowed without one."""
    actor = run.actor
    if actor is None:
        raise NotAllowed(_("A month is submitted by a member of the agency."))
    with transaction.atomic():
        services.submit(actor=actor, period=run.parameters["period"])
        run.finish({})


def close(run: JobRun) -> dict[str, Any]:
    """Close an approved month, or take one the whole way with the two persons named.

    Only the operator's command line names them: a member would speak for a colleague. Raises NotAllowed.
    """
    parameters = run.parameters
    accepted = parameters.get("accepted_unmatched_fen")
    if parameters.get("submitted_by"):
        if run.actor_id is not None:
            raise NotAllowed(_("Nobody submits or approves a month in somebody else's name."))

        def finish(closed: dict[str, Any]) -> None:
            if exposure.stale():  # also if it was calculated by a worker that died before it came here
                exposure.start(actor=None)
            if ghosts.missing():
                ghosts.start(actor=None)
            run.finish(closed)

        return closing.close_with(
            actor=run.actor,
            period=parameters["period"],
            submitted_by=parameters["submitted_by"],
            approved_by=parameters["approved_by"],
            also_approved_by=parameters.get("also_approved_by", ""),
            accepted_unmatched_fen=accepted,
            progress=run.progress,
            finish=finish,
        )
    with transaction.atomic():
        closed = services.close(actor=run.actor, period=parameters["period"], accepted_unmatched_fen=accepted)
        counts = {"content_hash": closed.content_hash}
        run.finish(counts)
    return counts


def verify(run: JobRun) -> dict[str, Any]:
    """Recompute closed months. A difference is a result, not an error of the job."""
    return verification.verify(period=run.parameters.get("period"), progress=run.progress)


def proof_pack(run: JobRun) -> dict[str, Any]:
    """Write the proof pack of a closed month."""
    return packs.run(run)


def what_if(run: JobRun) -> dict[str, Any]:
    """Reckon closed months again with other terms; nothing but the job's own result is written."""
    return whatif.run(run)


def reckon_ghosts(run: JobRun) -> dict[str, Any]:
    """Reckon calculated months with the ghost rules."""
    return ghosts.run(run)


def export(run: JobRun) -> dict[str, Any]:
    """Write the files of an export job."""
    return exports.run(
        job_id=run.job_id,
        actor=run.actor,
        parameters=run.parameters,
        progress=run.progress,
        result=run.result,
    )


def statement_xlsx(run: JobRun) -> dict[str, Any]:
    """Write one statement with all its lines."""
    return statement_book_job.run(run)


@shared_task(name="settlements.pull_due", ignore_result=True)
def pull_due(**_kwargs: Any) -> int:
    """Begin the runs of connections that are due, of every active agency; returns how many."""
    return sum(pulling.start_due() for _agency in each_agency(is_active=True))


@shared_task(name="settlements.remove_expired_exports", ignore_result=True)
def remove_expired_exports(**_kwargs: Any) -> int:
    """Delete the expired export files of every agency; returns how many exports went."""
    return sum(exports.remove_expired() for _agency in each_agency())


@shared_task(name="settlements.drop_undecided_previews", ignore_result=True)
def drop_undecided_previews(**_kwargs: Any) -> int:
    """Drop every agency's previews on which nobody has decided for a week; returns how many."""
    return sum(preview.drop_undecided() for _agency in each_agency())


@shared_task(name="settlements.remind_of_disputes", ignore_result=True)
def remind_of_disputes(**_kwargs: Any) -> int:
    """Tell every active agency of disputes whose time to answer runs out or is over; returns how many steps."""
    return sum(reminders.remind() for _agency in each_agency(is_active=True))


@shared_task(name="settlements.forget_what_ifs", ignore_result=True)
def forget_what_ifs(**_kwargs: Any) -> int:
    """Empty every agency's trials of other terms that are kept no more; returns how many."""
    return sum(whatif.forget() for _agency in each_agency())


@shared_task(name="settlements.reports_due", ignore_result=True)
def reports_due(**_kwargs: Any) -> int:
    """Order the due reports of every active agency, mail links of those made or given up; returns how many."""
    return sum(schedule.order_due() + schedule.tell() for _agency in each_agency(is_active=True))
