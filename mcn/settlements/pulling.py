"""Fetching orders from the platforms: a job per run, a window at a time, each window an import like any file's.

What rows mean is the importers' affair; here is only which windows are fetched, and that each comes in once.
"""

import hashlib
import io
import json
import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from mcn.accounts.models import User
from mcn.core.errors import Conflict, RuleError
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.sales.connectors import APIS, PLATFORM_ZONE, Clock, Session, Sleep, Window
from mcn.sales.models import Connection, PulledWindow, SalesImport
from mcn.sales.services import connections
from mcn.settlements import intake

KIND = "pull"
FETCHING = gettext_noop("Fetching orders, day after day")
# A file gets about so many rows, to stay far below what the reader of JSON takes. What has more within the shortest
# span is taken as it is.
MOST_ROWS = 20_000
SHORTEST = timedelta(minutes=10)


def start(*, actor: User | None, connection: Connection) -> Job:
    """Begin a run now; `actor` None is the schedule. What it will fetch is fixed here, so that a repeat does the same.

    Raises RuleError where credentials are missing, Conflict while a run of the connection is under way.
    """
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=connection.pk)
        if not connection.is_connected:
            raise RuleError(gettext_lazy("%(name)s has no credentials: enter them first."), name=connection.name)
        if connection.job is not None and connection.job.is_open:
            raise Conflict(gettext_lazy("%(name)s is fetching already."), name=connection.name)
        now = timezone.now().replace(microsecond=0)
        windows, lost_days = _plan(connection, now)
        job = jobs.start(
            actor=actor,
            kind=KIND,
            subject=f"{connection.name[:60]} #{connection.pk}",
            parameters={
                "connection": connection.pk,
                "windows": [[window.start.isoformat(), window.end.isoformat()] for window in windows],
                "lost_days": lost_days,
            },
        )
        connection.job = job
        connection.save(update_fields=["job"])
    return job


def start_due() -> int:
    """Begin what is due in the agency in scope; returns how many runs."""
    with transaction.atomic():
        candidates = list(Connection.objects.filter(is_active=True).select_related("job"))
    started = 0
    for connection in candidates:
        if connections.is_due(connection, timezone.now()):
            try:
                start(actor=None, connection=connection)
            except (Conflict, RuleError):
                continue  # somebody began it by hand just now, or deleted the credentials
            started += 1
    return started


def _plan(connection: Connection, now: datetime) -> tuple[list[Window], int]:
    """What a run fetches: the time since the last one with the overlap, then windows whose day has come.

    And how many days are lost, because the platform does not go back to where the connection stopped.
    """
    api = APIS[connection.api]
    horizon = _day_start(now - api.history)
    begun = _day_start(datetime.combine(connection.since, datetime.min.time(), PLATFORM_ZONE))
    wanted = connection.complete_until or begun
    start_at = max(horizon, begun, _day_start(wanted - timedelta(days=connection.overlap_days)))
    again = PulledWindow.objects.filter(
        connection=connection,
        again_on__lte=now.astimezone(PLATFORM_ZONE).date(),
        starts_at__gte=horizon,
        ends_at__lte=start_at,
    )
    lost_days = max(0, _days(Window(wanted, horizon)))
    return [Window(start_at, now), *_apart(again.values_list("starts_at", "ends_at"))], lost_days


def _apart(spans: Iterable[tuple[datetime, datetime]]) -> list[Window]:
    """The spans as windows of which none covers a part of another."""
    windows: list[Window] = []
    for start_at, end_at in sorted(spans):
        if windows and start_at < windows[-1].end:
            windows[-1] = Window(windows[-1].start, max(windows[-1].end, end_at))
        else:
            windows.append(Window(start_at, end_at))
    return windows


def _day_start(moment: datetime) -> datetime:
    return moment.astimezone(PLATFORM_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def run(run: JobRun, *, clock: Clock = timezone.now, sleep: Sleep = time.sleep) -> dict[str, Any]:
    """The body of the job. A repeat after a kill goes on at the end of the last window that was committed.

    Raises PullError with the platform's reason; windows that were finished before stay, and so does their import.
    """
    with transaction.atomic():
        connection = Connection.objects.get(pk=run.parameters["connection"])
    if not connection.is_connected:
        raise RuleError(gettext_lazy("%(name)s has no credentials: enter them first."), name=connection.name)
    api, actor = APIS[connection.api], run.actor
    asked = [Window(*map(datetime.fromisoformat, span)) for span in run.parameters["windows"]]
    total = sum(_days(window) for window in asked)
    save = partial(connections.keep_tokens, connection.pk)
    done = 0
    with Session(api, connection.credentials, save=save, clock=clock, sleep=sleep) as session:
        for number, span in enumerate(asked):
            for day in _days_left(run.job_id, span):
                run.progress(done + _days(Window(span.start, day.start)), total, FETCHING)
                _fetch_day(run.job_id, actor, connection, session, day, clock, first=number == 0)
            done += _days(span)
    return _counts(run)


def _days(window: Window) -> int:
    return -((window.start - window.end) // timedelta(days=1))


def _days_left(job_id: int, span: Window) -> Iterator[Window]:
    """The span by the days of the platforms, from where this job has come to."""
    with transaction.atomic():
        done = PulledWindow.objects.filter(job_id=job_id, starts_at__gte=span.start, ends_at__lte=span.end)
        at = done.aggregate(end=Max("ends_at"))["end"] or span.start
    while at < span.end:
        midnight = _day_start(at + timedelta(days=1))
        yield Window(at, min(midnight, span.end))
        at = midnight


def _fetch_day(
    job_id: int, actor: User | None, connection: Connection, session: Session, day: Window, clock: Clock, *, first: bool
) -> None:
    """One day, as one file or, on a day with very many orders, as several one after the other."""
    at = day.start
    while at < day.end:
        fetched_at = clock()
        window, rows, again_on = _fetch(session, Window(at, day.end), fetched_at)
        _bring_in(job_id, actor, connection, window, rows, again_on, fetched_at, first=first)
        at = window.end


def _fetch(session: Session, wanted: Window, now: datetime) -> tuple[Window, list[str], date | None]:
    """The rows from the start of a window on as JSON, each once, until it ends or there are very many.

    And the window that they fill, and the day on which it is to be fetched again.
    """
    step = min(session.api.longest, wanted.end - wanted.start)
    rows: dict[str, None] = {}
    again: list[date] = []
    at = wanted.start
    while at < wanted.end and len(rows) < MOST_ROWS:
        part = Window(at, min(at + step, wanted.end))
        found = _answered(session, part, now.astimezone(PLATFORM_ZONE).date())
        if found is None:
            step = timedelta(seconds=(part.end - part.start) // timedelta(seconds=2))
            continue
        rows |= found[0]
        again += found[1]
        at = part.end
    return Window(wanted.start, at), list(rows), min(again, default=None)


def _answered(session: Session, window: Window, today: date) -> tuple[dict[str, None], list[date]] | None:
    """The rows of one request with all its pages; None where they are too many and a shorter one will do."""
    rows: dict[str, None] = {}
    again: list[date] = []
    for page in session.rows(window):
        rows |= dict.fromkeys(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in page)
        if len(rows) > MOST_ROWS and window.end - window.start > SHORTEST:
            return None
        day = session.api.come_back(page, today)
        again += [] if day is None else [day]
    return rows, again


def _bring_in(
    job_id: int,
    actor: User | None,
    connection: Connection,
    window: Window,
    rows: list[str],
    again_on: date | None,
    fetched_at: datetime,
    *,
    first: bool,
) -> None:
    """Submit the file of a window and write that it was fetched: both or neither."""
    content = ("[" + ",\n".join(rows) + "]").encode()
    api = APIS[connection.api]
    with transaction.atomic():
        known = _known(connection, window, content) if rows else None
        coming_in = known is not None and known.state == SalesImport.State.WAITING
        waited_for = _waited_for(connection, window, fetched_at)
        # On the day that was waited for, the same bytes say something new. If they are just coming in from an earlier
        # run, which said what they did then, the next run brings them in once more.
        is_same = known is not None and (coming_in or not waited_for)
        if coming_in and waited_for:
            again_on = fetched_at.astimezone(PLATFORM_ZONE).date()
        sales_import = known if is_same else None
        if rows and not is_same:
            sales_import, _job = intake.submit(
                actor=actor,
                name=_file_name(connection, window),
                source=io.BytesIO(content),
                format=api.format,
                account_id=connection.account_id,
                exported_at=fetched_at,
            )
        connections.record_window(
            connection=connection,
            job_id=job_id,
            window=window,
            rows=len(rows),
            sales_import=sales_import,
            is_same=is_same,
            again_on=again_on,
            moves_on=first,
        )


def _known(connection: Connection, window: Window, content: bytes) -> SalesImport | None:
    """The import of the same bytes from the same time on, unless it failed."""
    digest = hashlib.sha256(content).hexdigest()
    found = PulledWindow.objects.filter(
        connection=connection, starts_at=window.start, sales_import__sha256=digest
    ).exclude(sales_import__state=SalesImport.State.FAILED)
    newest = found.select_related("sales_import").order_by("-pk").first()
    return newest.sales_import if newest is not None else None


def _waited_for(connection: Connection, window: Window, now: datetime) -> bool:
    """Whether the day has come on which rows of this window were to be looked at again."""
    return PulledWindow.objects.filter(
        connection=connection,
        again_on__lte=now.astimezone(PLATFORM_ZONE).date(),
        starts_at__lt=window.end,
        ends_at__gt=window.start,
    ).exists()


def _file_name(connection: Connection, window: Window) -> str:
    """The connection, the day, and the hours where it is not the whole day."""
    start, end = (moment.astimezone(PLATFORM_ZONE) for moment in (window.start, window.end))
    whole = start == _day_start(start) and end - start == timedelta(days=1)
    hours = "" if whole else f" {start:%H%M}–{end:%H%M}"
    return f"{connection.name} {start:%Y-%m-%d}{hours}.json"


def _counts(run: JobRun) -> dict[str, Any]:
    """What the run fetched, of all its attempts."""
    with transaction.atomic():
        found = PulledWindow.objects.filter(job_id=run.job_id).aggregate(
            rows=Sum("rows"), files=Count("pk", filter=Q(sales_import__isnull=False, is_same=False))
        )
    return {"rows": found["rows"] or 0, "files": found["files"], "lost_days": run.parameters["lost_days"]}


def worded(job: Job) -> list[str]:
    """What a finished run fetched, in words."""
    if job.kind != KIND or job.state != Job.State.DONE:
        return []
    counts = job.counts
    if not counts["rows"]:
        sentences = [_("The platform named no order that has changed.")]
    else:
        rows = ngettext("%(n)s row fetched", "%(n)s rows fetched", counts["rows"]) % {"n": f"{counts['rows']:,}"}
        files = ngettext("%(n)s file brought in", "%(n)s files brought in", counts["files"]) % {"n": counts["files"]}
        sentences = [_("%(rows)s, %(files)s.") % {"rows": rows, "files": files}]
    if counts["lost_days"]:
        sentences.append(
            ngettext(
                "%(n)s day is further back than the platform goes: bring it in as a file.",
                "%(n)s days are further back than the platform goes: bring them in as a file.",
                counts["lost_days"],
            )
            % {"n": counts["lost_days"]}
        )
    return sentences


def title(job: Job) -> str:
    """The connection that a run is of, as it was called when it began."""
    return job.subject.rsplit(" #", 1)[0]
