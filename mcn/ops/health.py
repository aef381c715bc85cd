"""How the installation and the jobs of one agency are doing."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import Error, connection
from django.db.models import Count
from kombu.exceptions import OperationalError

from mcn.jobs.models import Job
from mcn.jobs.services import broker_is_set

PING_SECONDS = 0.7
LATEST = 20


@dataclass(frozen=True)
class Installation:
    """What every agency depends on. `broker` is None where none is set; `workers` are those that answered."""

    database: bool
    broker: bool | None
    workers: tuple[str, ...]


def installation() -> Installation:
    """Ask the database, the broker and the workers; takes a second at most."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        database = True
    except Error:
        database = False
    if not broker_is_set():
        return Installation(database, None, ())
    try:
        with current_app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            answers = current_app.control.inspect(timeout=PING_SECONDS, connection=broker).ping() or {}
    except (OperationalError, OSError):
        return Installation(database, False, ())
    return Installation(database, True, tuple(sorted(answers)))


def job_counts() -> list[tuple[str, int]]:
    """(state, number) of the jobs of the agency in scope, every state named."""
    found: Counter[str] = Counter()
    for row in Job.objects.order_by().values("state").annotate(number=Count("pk")):
        found[row["state"]] = row["number"]
    return [(str(label), found[state]) for state, label in Job.State.choices]


def jobs_to_look_at() -> list[Any]:
    """The newest jobs of the agency in scope that are open or failed."""
    states = [Job.State.QUEUED, Job.State.RUNNING, Job.State.FAILED]
    return list(Job.objects.filter(state__in=states).order_by("-created_at")[:LATEST])
