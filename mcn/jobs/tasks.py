"""Celery bodies: run one job, send again what stands still, clear away what killed ones left."""

from typing import Any

from celery import shared_task

from mcn.jobs import services
from mcn.tenancy.tasks import TenantTask, each_agency

RESEND_AFTER_SECONDS = 30


@shared_task(base=TenantTask, name="jobs.run", ignore_result=True)
def run(agency_id: int, job_id: int) -> None:
    """Run one job of one agency."""
    services.run(job_id)


@shared_task(name="jobs.resend", ignore_result=True)
def resend(**_kwargs: Any) -> int:
    """Send every abandoned job again; returns how many. The Job row is the truth, so a repeat does no harm."""
    sent = 0
    for agency_id in each_agency(is_active=True):
        for job_id in services.abandoned(waiting_seconds=RESEND_AFTER_SECONDS):
            run.delay(agency_id, job_id)
            sent += 1
    return sent


@shared_task(name="jobs.remove_abandoned_drafts", ignore_result=True)
def remove_abandoned_drafts(**_kwargs: Any) -> int:
    """Delete the half-written files that killed processes left, of every agency; returns how many went."""
    return sum(services.remove_abandoned_drafts() for _agency in each_agency())
