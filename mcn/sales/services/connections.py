"""Connections to the platforms' APIs: entering, pausing and ending them, and what a run keeps as it goes."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP, keep
from mcn.accounts.models import User
from mcn.core.errors import Conflict, RuleError
from mcn.jobs.models import Job
from mcn.sales.connectors import APIS, PLATFORM_ZONE, Api, Window
from mcn.sales.importers import FORMATS
from mcn.sales.models import Connection, PulledWindow, SalesImport


def takes_account(api: Api) -> bool:
    """Whether an account may be given for the rows of this API, because not all of them name one."""
    return FORMATS[api.format].account_from in ("given", "name")


@transaction.atomic
def connection_save(
    *,
    actor: User | None,
    connection: Connection | None = None,
    api: str = KEEP,
    name: str,
    credentials: Mapping[str, str],
    account_id: str = KEEP,
    every_hours: int = KEEP,
    overlap_days: int = KEEP,
    since: date = KEEP,
) -> tuple[Connection, str]:
    """Create a connection, or change `connection`; returns it and the outcome.

    `credentials` are those that were entered: what is missing or empty keeps its value, and tokens are asked for anew
    once any has changed. `api` and `since` (the first day whose changes are fetched) are those of a new connection and
    cannot be changed. Raises RuleError, with the field, for an unknown API, a name that is taken, missing credentials,
    a missing account, a refresh token that another connection uses, a day in the future or further back than the
    platform goes, and numbers out of range; Conflict
    while the connection is fetching, as tokens are being exchanged.
    """
    code = connection.api if connection is not None else api
    if code not in APIS:
        raise RuleError(_("There is no connection to “%(api)s”."), field="api", api=str(code))
    declared = APIS[code]
    if connection is not None:
        connection = _locked(connection)
        if _fetches(connection):
            raise Conflict(_("%(name)s is fetching just now. Change it when that has ended."), name=connection.name)
    name = name.strip()
    _check_name(name, connection)
    _check_range(every_hours, Connection.MOST_HOURS, "every_hours")
    _check_range(overlap_days, Connection.MOST_OVERLAP, "overlap_days")
    if declared.needs_account and account_id == "":
        raise RuleError(_("These orders do not name the account: say whose they are."), field="account_id")
    if connection is None:
        _check_since(since, declared)
    merged = _merged(connection, declared, credentials)
    _check_own_token(merged, declared, connection)
    return keep(
        connection,
        Connection,
        actor=actor,
        api=KEEP if connection is not None else code,
        name=name,
        credentials=merged,
        account_id=account_id,
        every_hours=every_hours,
        overlap_days=overlap_days,
        since=KEEP if connection is not None else since,
    )


def _locked(connection: Connection) -> Connection:
    """The row as it stands, until the transaction ends."""
    return Connection.objects.select_for_update().get(pk=connection.pk)


def _fetches(connection: Connection) -> bool:
    return Job.objects.filter(pk=connection.job_id, state__in=Job.OPEN).exists()


def _check_name(name: str, connection: Connection | None) -> None:
    if not name:
        raise RuleError(_("Give the connection a name."), field="name")
    others = Connection.objects.filter(name=name)
    if connection is not None:
        others = others.exclude(pk=connection.pk)
    if others.exists():
        raise RuleError(_("There is a connection with this name already."), field="name")


def _check_range(value: Any, most: int, field: str) -> None:
    if value is not KEEP and not 1 <= value <= most:
        raise RuleError(_("This must be from 1 to %(most)s."), field=field, most=most)


def _check_since(since: date, api: Api) -> None:
    today = timezone.localdate(timezone=PLATFORM_ZONE)
    if not today - api.history <= since <= today:
        raise RuleError(
            _("Choose a day of the last %(days)s: earlier changes the platform does not give."),
            field="since",
            days=api.history.days,
        )


def _merged(connection: Connection | None, api: Api, entered: Mapping[str, str]) -> dict[str, str]:
    """What the connection has, with what was entered. Raises RuleError for the first that is missing."""
    had: dict[str, str] = connection.credentials if connection is not None else {}
    names = [key.name for key in api.gateway.keys]
    given = {name: text for name in names if (text := entered.get(name, "").strip())}
    merged = {**had, **given}
    for name in names:
        if not merged.get(name):
            raise RuleError(_("Enter this, too: without it nothing can be fetched."), field=name)
    if any(had.get(name) != merged[name] for name in names):
        merged = {name: merged[name] for name in names}
    return merged


def _check_own_token(credentials: Mapping[str, str], api: Api, connection: Connection | None) -> None:
    """Each exchange of a refresh token ends it, so a second connection with it would lock out one of the two."""
    token = credentials.get("refresh_token")
    if not token:
        return
    for other in Connection.objects.exclude(pk=connection.pk if connection is not None else None):
        same_platform = APIS[other.api].gateway.host == api.gateway.host
        if same_platform and other.credentials.get("refresh_token") == token:
            raise RuleError(
                _("%(name)s uses this refresh token already. Authorise the application once for each connection."),
                field="refresh_token",
                name=other.name,
            )


@transaction.atomic
def connection_pause(*, actor: User, connection: Connection, paused: bool) -> Connection:
    """Stop fetching by itself, or go on. A run that is under way goes on to its end."""
    kept, _outcome = keep(_locked(connection), Connection, actor=actor, is_active=not paused)
    return kept


@transaction.atomic
def connection_end(*, actor: User, connection: Connection) -> Connection:
    """Delete the credentials and fetch no more. What was fetched stays. Raises Conflict while it is fetching."""
    locked = _locked(connection)
    if _fetches(locked):
        raise Conflict(_("%(name)s is fetching just now. Change it when that has ended."), name=locked.name)
    kept, _outcome = keep(locked, Connection, actor=actor, is_active=False, credentials={})
    return kept


@transaction.atomic(durable=True)
def keep_tokens(connection_id: int, before: dict[str, str], after: dict[str, str]) -> None:
    """Keep what the platform exchanged `before` for: committed when this returns, whatever becomes of the run.

    Raises Conflict if the credentials are others by now.
    """
    connection = Connection.objects.select_for_update().get(pk=connection_id)
    if connection.credentials != before:
        raise Conflict(_("The credentials of %(name)s were changed while it fetched."), name=connection.name)
    connection.credentials = after
    connection.save(update_fields=["credentials"])


def record_window(
    *,
    connection: Connection,
    job_id: int,
    window: Window,
    rows: int,
    sales_import: SalesImport | None,
    is_same: bool,
    again_on: date | None,
    moves_on: bool,
) -> PulledWindow:
    """Write that a window was fetched, in the transaction in which its import is submitted.

    `moves_on`: everything before it has been fetched too, so the connection is complete until its end.
    """
    within = PulledWindow.objects.filter(
        connection=connection, starts_at__gte=window.start, ends_at__lte=window.end, again_on__isnull=False
    )
    within.update(again_on=None)
    if moves_on:
        locked = _locked(connection)
        if locked.complete_until is None or locked.complete_until < window.end:
            locked.complete_until = window.end
            locked.save(update_fields=["complete_until"])
    return PulledWindow.objects.create(
        connection=connection,
        job_id=job_id,
        starts_at=window.start,
        ends_at=window.end,
        rows=rows,
        sales_import=sales_import,
        is_same=is_same,
        again_on=again_on,
    )


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether a connection that fetches by itself should begin now; needs its `job`."""
    if not (connection.is_active and connection.is_connected):
        return False
    job: Job | None = connection.job
    return job is None or (not job.is_open and job.created_at + timedelta(hours=connection.every_hours) <= now)
