"""Start a job: the row first, the message to the workers once the row is committed."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from mcn.accounts.models import User
from mcn.jobs import services, tasks
from mcn.jobs.models import Job

log = logging.getLogger(__name__)
PICK_UP_SECONDS = 3.0


def send(job: Job) -> bool:
    """Hand the job to the workers. False if the broker cannot be reached: beat will send it again."""
    if not services.broker_is_set() or not _may_listen(settings.CELERY_BROKER_URL):
        return False
    try:
        tasks.run.apply_async(args=[job.agency_id, job.pk], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("job %s could not be handed over: %s", job.pk, error)
        return False
    return True


def _may_listen(url: str) -> bool:
    """Whether asking is worth it: an embedded broker that was never started has no socket, and that is no fault."""
    address = urlsplit(url)
    return address.scheme != "redis+socket" or Path(address.path).exists()


def start(*, actor: User | None, kind: str, subject: str = "", parameters: dict[str, Any] | None = None) -> Job:
    """Create a job and hand it to the workers after commit. Raises Conflict as `services.create` does."""
    job = services.create(actor=actor, kind=kind, subject=subject, parameters=parameters)
    transaction.on_commit(lambda: send(job))
    return job


def follow(job: Job, *, report: Callable[[Job], None] | None = None, poll_seconds: float = 0.2) -> Job:
    """Wait for a job of the agency in scope to end, calling `report` with its row on the way.

    If no worker picks it up in time, it is run here: the lock sees to it that it runs once.
    """
    waiting_since = time.monotonic()
    while True:
        with transaction.atomic():
            job = Job.objects.get(pk=job.pk)
        if report:
            report(job)
        if not job.is_open:
            return job
        if job.state == Job.State.QUEUED and time.monotonic() - waiting_since > PICK_UP_SECONDS:
            job = services.run(job.pk)
            continue
        time.sleep(poll_seconds)


def run_here_or_follow(
    *,
    actor: User | None,
    kind: str,
    subject: str = "",
    parameters: dict[str, Any] | None = None,
    report: Callable[[Job], None] | None = None,
) -> Job:
    """For the command line: start the job and see it through, on a worker if one is up, else in this process."""
    with transaction.atomic():
        job = services.create(actor=actor, kind=kind, subject=subject, parameters=parameters)
    if not send(job):
        return services.run(job.pk)
    return follow(job, report=report)
