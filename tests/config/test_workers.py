"""Jobs on a real broker: delivered once, and finished even if the worker is killed half-way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from mcn.jobs import jobs, tasks
from mcn.jobs.models import Job
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.workers import Worker, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def began(tmp_path: Path) -> Path:
    """File that gets a line each time the job's body starts."""
    return tmp_path / "began"


@pytest.fixture
def go_on(tmp_path: Path) -> Path:
    """File whose existence lets the job end."""
    return tmp_path / "go-on"


def start_job(people: World, kind: str, began: Path, go_on: Path) -> Job:
    with agency_scope(people.id), transaction.atomic():
        return jobs.start(actor=people.finance, kind=kind, parameters={"began": str(began), "go_on": str(go_on)})


def state(people: World, job: Job) -> tuple[str, int]:
    with agency_scope(people.id), transaction.atomic():
        row = Job.objects.get(pk=job.pk)
    return row.state, row.attempts


def test_a_worker_runs_a_job_once(
    xinghe: World, start_worker: Callable[[], Worker], waiting_kind: str, began: Path, go_on: Path
) -> None:
    start_worker()
    go_on.touch()
    job = start_job(xinghe, waiting_kind, began, go_on)
    wait_until(lambda: state(xinghe, job) == ("done", 1), "the job to end")
    assert began.read_text() == "began\n"


def test_a_killed_workers_job_is_finished_by_the_next_one(
    xinghe: World, start_worker: Callable[[], Worker], waiting_kind: str, began: Path, go_on: Path
) -> None:
    worker = start_worker()
    job = start_job(xinghe, waiting_kind, began, go_on)
    wait_until(began.exists, "the job to begin")
    worker.kill()
    assert state(xinghe, job) == ("running", 1)
    start_worker()
    go_on.touch()
    wait_until(lambda: tasks.resend() >= 0 and state(xinghe, job)[0] == "done", "the job to end")
    assert state(xinghe, job) == ("done", 2)
    assert began.read_text() == "began\nbegan\n"
