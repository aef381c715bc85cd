"""Celery bodies: run one job, send again what stands still, clear away what killed ones left."""

from typing import Any

from celery import shared_task
from django.db import transaction

from mcn.jobs import services
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope
from mcn.tenancy.tasks import TenantTask

RESEND_AFTER_SECONDS = 30


@shared_task(base=TenantTask, name="jobs.run", ignore_result=True)
def run(agency_id: int, job_id: int) -> None:
    """Run one job of one agency."""
    services.run(job_id)


@shared_task(name="jobs.resend", ignore_result=True)
def resend(**_kwargs: Any) -> int:
    """Send every abandoned job again; returns how many. The Job row is the truth, so a repeat does no harm."""
    with operator_scope(), transaction.atomic():
        agency_ids = list(Agency.objects.filter(is_active=True).values_list("pk", flat=True))
    sent = 0
    for agency_id in agency_ids:
        with agency_scope(agency_id):
            lost = services.abandoned(waiting_seconds=RESEND_AFTER_SECONDS)
        for job_id in lost:
            run.delay(agency_id, job_id)
            sent += 1
    return sent


@shared_task(name="jobs.remove_abandoned_drafts", ignore_result=True)
def remove_abandoned_drafts(**_kwargs: Any) -> int:
    """Delete the half-written files that killed processes left, of every agency; returns how many went."""
    with operator_scope(), transaction.atomic():
        agency_ids = list(Agency.objects.values_list("pk", flat=True))
    removed = 0
    for agency_id in agency_ids:
        with agency_scope(agency_id):
            removed += services.remove_abandoned_drafts()
    return removed
