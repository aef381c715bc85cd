"""Create, run and recover jobs.

Whoever runs a job holds a PostgreSQL advisory lock for as long as the process lives. A killed worker loses the
lock at once, so "is it alive?" is answered by the database and not by a clock; the job is then sent again.
A job that arrives twice finds the lock taken, or the work done, and does nothing.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Min
from django.db.utils import IntegrityError
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from mcn.accounts.models import User
from mcn.core.errors import Conflict, DomainError, Listed
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS
from mcn.tenancy import files
from mcn.tenancy.scope import current_agency_id

log = logging.getLogger(__name__)
LOCK_SPACE = 0x6D636E  # "mcn": keeps job locks apart from other advisory locks
MAX_ATTEMPTS = 5
UNTOUCHED = timedelta(hours=1)


class JobRun:
    """What the body of a job gets: its row's parameters, and a way to report progress.

    `beside` is a connection of its own, outside Django's transaction.
    """

    def __init__(self, job: Job, beside: psycopg.Connection) -> None:
        self._beside = beside
        self.job_id = job.pk
        self.agency_id = job.agency_id
        self.parameters: dict[str, Any] = job.parameters
        self.actor_id = job.actor_id

    @property
    def actor(self) -> User | None:
        if self.actor_id is None:
            return None
        with transaction.atomic():
            return User.objects.filter(pk=self.actor_id).first()

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Tell the screens how far the work is; `message` is a msgid. Commits at once."""
        with self._beside.transaction():
            self._beside.execute("select set_config('mcn.agency_id', %s, true)", [str(self.agency_id)])
            self._beside.execute(
                "update jobs_job set done = %s, total = %s, message = %s, heartbeat_at = now()"
                " where agency_id = %s and id = %s",
                [done, total, message, self.agency_id, self.job_id],
            )

    def result(self, path: str, name: str) -> None:
        """Attach the file that the job made; `path` is relative to the agency's files."""
        with transaction.atomic():
            Job.objects.filter(pk=self.job_id).update(result_file=path, result_name=name)

    def finish(self, counts: dict[str, Any]) -> None:
        """Say that the work is done, as the last statement of the transaction that does it.

        Neither is then without the other: work that must not be done twice, or that would find nothing to count the
        second time, is not repeated if the worker dies right after it. Other bodies just return their counts.
        """
        Job.objects.filter(pk=self.job_id).update(**_ended(Job.State.DONE), counts=counts)


@contextmanager
def _lock(job_id: int) -> Iterator[psycopg.Connection | None]:
    """The connection that holds the lock, if this process now runs the job; until the block ends or the process dies.

    It is a connection of its own, because the lock and the progress do not wait for Django's transaction.
    """
    parameters = connections["default"].get_connection_params()
    for key in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(key, None)
    with psycopg.connect(**parameters, autocommit=True) as connection:
        row = connection.execute("select pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job_id % 2**31]).fetchone()
        try:
            yield connection if row and row[0] else None
        finally:  # the server would let go of it some time after the connection is closed
            with suppress(psycopg.Error):
                connection.execute("select pg_advisory_unlock_all()")


def create(*, actor: User | None, kind: str, subject: str = "", parameters: dict[str, Any] | None = None) -> Job:
    """Write the Job row; call `mcn.jobs.jobs.start` to have it run as well.

    Raises Conflict if a job of this kind is already under way on the same subject.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    job = Job(actor=actor, kind=kind, subject=subject, parameters=parameters or {})
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError as error:
        raise Conflict(
            _("%(kind)s of %(subject)s is already under way."), kind=KINDS[kind].label, subject=subject
        ) from error
    return job


def run(job_id: int) -> Job:
    """Run the job of the agency in scope here and now, unless somebody else is running it or it is finished.

    A DomainError ends the job as failed with its sentence. Any other error is logged, and ends it as failed
    with a general sentence; nothing half-done stays, as every body commits its result in one transaction.
    """
    current_agency_id()
    with _lock(job_id) as held:
        with transaction.atomic():
            job = Job.objects.select_for_update().get(pk=job_id)  # whoever still adds to its parameters comes first
            if held is None or not job.is_open:
                return job
            Job.objects.filter(pk=job_id).update(
                state=Job.State.RUNNING,
                attempts=job.attempts + 1,
                started_at=job.started_at or timezone.now(),
                heartbeat_at=timezone.now(),
            )
        if job.attempts >= MAX_ATTEMPTS:
            return _finish(job_id, Job.State.FAILED, error=_plain_error(_TOO_OFTEN))
        body: Callable[[JobRun], dict[str, Any] | None] = import_string(KINDS[job.kind].body)
        try:
            counts = body(JobRun(job, held))
        except DomainError as error:
            return _finish(job_id, Job.State.FAILED, error=error_as_json(error))
        except Exception:
            log.exception("job %s (%s) failed", job_id, job.kind)
            return _finish(job_id, Job.State.FAILED, error=_plain_error(_UNEXPECTED))
        return _finish(job_id, Job.State.DONE, counts=counts or {})


_TOO_OFTEN = gettext_noop("The work stopped several times without an answer. The operator has the log.")
_UNEXPECTED = gettext_noop("Something went wrong on our side; nothing was changed. The operator has the log.")


def _plain_error(message: str) -> dict[str, Any]:
    return {"message": message, "params": {}}


def error_as_json(error: DomainError) -> dict[str, Any]:
    """The error as message template and parameters, to be shown later in the reader's language.

    A parameter may itself be a DomainError, a sentence within the sentence, or a list of such (Listed).
    """
    with translation.override(None):
        message = str(error.message)
        params = {key: _parameter_as_json(value) for key, value in error.params.items()}
    return {"message": message, "params": params}


def _parameter_as_json(value: Any) -> Any:
    if isinstance(value, DomainError):
        return error_as_json(value)
    if isinstance(value, Listed):
        return [_parameter_as_json(item) for item in value]
    return value if isinstance(value, int | str) else str(value)


def _ended(state: Job.State) -> dict[str, Any]:
    return {"state": state, "finished_at": timezone.now(), "message": ""}


def _finish(
    job_id: int,
    state: Job.State,
    *,
    counts: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> Job:
    with transaction.atomic():
        Job.objects.filter(pk=job_id, state__in=Job.OPEN).update(**_ended(state), counts=counts or {}, error=error)
        return Job.objects.get(pk=job_id)


def abandoned(*, waiting_seconds: int) -> list[int]:
    """Jobs of the agency in scope that nobody runs although they should: queued too long, or the runner died."""
    now = timezone.now()
    with transaction.atomic():
        open_jobs = list(Job.objects.filter(state__in=Job.OPEN))
    lost = []
    for job in open_jobs:
        if job.state == Job.State.QUEUED:
            if (now - job.created_at).total_seconds() > waiting_seconds:
                lost.append(job.pk)
            continue
        with _lock(job.pk) as held:
            if held is not None:
                lost.append(job.pk)
    return lost


def remove_abandoned_drafts() -> int:
    """Delete what killed processes left half-written among the agency's files; returns how many files and folders.

    A job's drafts are younger than the job, so none of an open one goes. An upload, which is no job, writes all the
    time; what was not touched for an hour is nobody's.
    """
    with transaction.atomic():
        oldest = Job.objects.filter(state__in=Job.OPEN).aggregate(at=Min("created_at"))["at"]
    return files.remove_drafts(before=(oldest or timezone.now()) - UNTOUCHED)


def broker_is_set() -> bool:
    """Whether jobs can be handed to workers at all."""
    return bool(settings.CELERY_BROKER_URL)
