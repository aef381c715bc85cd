"""The Job row is the truth: run once, survive a killed worker, tell the reader what went wrong."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from mcn.core.errors import Conflict, RuleError
from mcn.jobs import jobs, registry, services, tasks
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.agencies import World

pytestmark = pytest.mark.django_db(transaction=True)
CALLS: list[int] = []


def body_that_works(run: JobRun) -> dict[str, Any]:
    CALLS.append(run.job_id)
    run.progress(1, 2, "halfway")
    return {"rows": 7, "by": str(run.actor)}


def body_that_refuses(run: JobRun) -> dict[str, Any]:
    raise RuleError(_("Unknown role %(role)s."), role="king")


def body_that_breaks(run: JobRun) -> dict[str, Any]:
    raise ZeroDivisionError


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[JobRun], Any]], str]:
    """Give a job kind `test` the body that the test names."""
    CALLS.clear()

    def use(body: Callable[[JobRun], Any]) -> str:
        monkeypatch.setitem(registry.KINDS, "test", registry.Kind(f"{__name__}.{body.__name__}", "Test", "jobs.view"))
        return "test"

    return use


def create(people: World, kind: str, subject: str = "2026-07") -> Job:
    with agency_scope(people.id), transaction.atomic():
        return services.create(actor=people.finance, kind=kind, subject=subject)


def read(people: World, job: Job) -> Job:
    with agency_scope(people.id), transaction.atomic():
        return Job.objects.get(pk=job.pk)


def test_a_job_runs_once_and_keeps_what_it_counted(xinghe: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_works))
    with agency_scope(xinghe.id):
        services.run(job.pk)
        services.run(job.pk)
    job = read(xinghe, job)
    assert [job.pk] == CALLS
    assert (job.state, job.counts, job.done, job.total) == ("done", {"rows": 7, "by": "xinghe-finance"}, 1, 2)


def test_an_error_is_shown_in_the_readers_language(xinghe: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_refuses))
    with agency_scope(xinghe.id):
        services.run(job.pk)
    job = read(xinghe, job)
    assert job.state == "failed"
    assert job.error == {"message": "Unknown role %(role)s.", "params": {"role": "king"}}
    with translation.override("en"):
        assert job.error_text() == "Unknown role king."


def test_a_defect_fails_the_job_with_a_general_sentence(xinghe: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_breaks))
    with agency_scope(xinghe.id):
        services.run(job.pk)
    job = read(xinghe, job)
    assert job.state == "failed"
    assert job.error is not None
    assert "ZeroDivision" not in job.error["message"]


def test_one_job_at_a_time_on_one_subject(xinghe: World, beichen: World, kind: Any) -> None:
    name = kind(body_that_works)
    create(xinghe, name)
    with pytest.raises(Conflict):
        create(xinghe, name)
    create(xinghe, name, subject="2026-08")
    create(beichen, name)


def test_a_job_that_somebody_runs_is_left_alone(xinghe: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_works))
    with agency_scope(xinghe.id), services._lock(job.pk) as mine:
        assert mine
        services.run(job.pk)
        assert services.abandoned(waiting_seconds=60) == []
    assert CALLS == []
    assert read(xinghe, job).state == "queued"


def test_a_killed_runner_frees_its_job(xinghe: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_works))
    with agency_scope(xinghe.id):
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, attempts=1)
        assert services.abandoned(waiting_seconds=60) == [job.pk]
        services.run(job.pk)
    job = read(xinghe, job)
    assert (job.state, job.attempts) == ("done", 2)


def test_a_job_that_keeps_killing_its_runner_ends(xinghe: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_works))
    with agency_scope(xinghe.id):
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, attempts=services.MAX_ATTEMPTS)
        services.run(job.pk)
    assert CALLS == []
    assert read(xinghe, job).state == "failed"


def test_resend_sends_what_waits_too_long_in_every_agency(
    xinghe: World, beichen: World, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = kind(body_that_works)
    lost = [create(xinghe, name), create(beichen, name)]
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks, "RESEND_AFTER_SECONDS", -1)
    monkeypatch.setattr(tasks.run, "delay", lambda agency_id, job_id: sent.append((agency_id, job_id)))
    assert tasks.resend() == 2
    assert sorted(sent) == sorted((job.agency_id, job.pk) for job in lost)


def test_the_task_enters_the_agency_of_its_first_argument(xinghe: World, beichen: World, kind: Any) -> None:
    job = create(xinghe, kind(body_that_works))
    with pytest.raises(Job.DoesNotExist):
        tasks.run(beichen.id, job.pk)
    tasks.run(xinghe.id, job.pk)
    assert [job.pk] == CALLS


@pytest.mark.parametrize("url", ["", "redis+socket:///nowhere/valkey.sock"])
def test_without_workers_the_command_line_runs_the_job_itself(
    xinghe: World, kind: Any, settings: Any, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    settings.CELERY_BROKER_URL = url
    with agency_scope(xinghe.id):
        job = jobs.run_here_or_follow(actor=None, kind=kind(body_that_works))
    assert (job.state, job.counts) == ("done", {"rows": 7, "by": "None"})
    assert not caplog.records  # a broker that was not started is nothing to warn of


@pytest.fixture
def left_behind(settings: Any, tmp_path: Path) -> Callable[[World, datetime], Path]:
    """Call it to get a file that a killed process wrote to last at that moment."""
    settings.MEDIA_ROOT = tmp_path

    def leave(people: World, at: datetime) -> Path:
        with agency_scope(people.id):
            path = files.path_of(f"{files.DRAFTS}/{at.timestamp()}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path

    return leave


def test_what_killed_processes_left_goes_after_an_hour(xinghe: World, beichen: World, left_behind: Any) -> None:
    now = timezone.now()
    old = [left_behind(people, now - timedelta(minutes=61)) for people in (xinghe, beichen)]
    young = left_behind(xinghe, now - timedelta(minutes=59))
    assert tasks.remove_abandoned_drafts() == 2
    assert [path.exists() for path in (*old, young)] == [False, False, True]


@pytest.mark.parametrize("state", Job.OPEN)
def test_what_an_open_job_may_be_writing_stays(
    xinghe: World, beichen: World, kind: Any, left_behind: Any, state: Job.State
) -> None:
    now = timezone.now()
    job = create(xinghe, kind(body_that_works))
    started = now - timedelta(days=3)
    with agency_scope(xinghe.id), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=state, created_at=started)
    before = left_behind(xinghe, started - timedelta(hours=2))
    its_own = left_behind(xinghe, started)
    others = left_behind(beichen, started)
    assert tasks.remove_abandoned_drafts() == 2
    assert [path.exists() for path in (before, its_own, others)] == [False, True, False]
    with agency_scope(xinghe.id):
        services.run(job.pk)
    assert tasks.remove_abandoned_drafts() == 1
    assert not its_own.exists()
