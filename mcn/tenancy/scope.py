"""Whose data the running code may see: one agency, or nobody's.

The scope lives in a ContextVar; the database engine (`mcn.tenancy.db`) repeats it to PostgreSQL at every
BEGIN, where row-level security has the last word. Without a scope there are no rows and no writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connections


class ScopeError(RuntimeError):
    """The programme touched agency data without saying whose, or outside a transaction."""


@dataclass(frozen=True)
class Scope:
    """What PostgreSQL is told: the agency, the signed-in user (sees own memberships), the operator flag."""

    agency_id: int | None = None
    user_id: int | None = None
    operator: bool = False

    def settings(self) -> tuple[str, str, str]:
        return (
            "" if self.agency_id is None else str(self.agency_id),
            "" if self.user_id is None else str(self.user_id),
            "on" if self.operator else "",
        )


NOBODY = Scope()
SET_SCOPE = (
    "select set_config('mcn.agency_id', %s, true), set_config('mcn.user_id', %s, true),"
    " set_config('mcn.operator', %s, true)"
)
_current: ContextVar[Scope] = ContextVar("mcn_scope", default=NOBODY)


def current() -> Scope:
    """The scope of the running request, task or command."""
    return _current.get()


def current_agency_id() -> int:
    """The agency of the scope. Raises ScopeError where there is none."""
    agency_id = _current.get().agency_id
    if agency_id is None:
        raise ScopeError("no agency in scope")
    return agency_id


def _tell_open_transaction(scope: Scope) -> None:
    connection = connections["default"]
    if connection.connection is not None and connection.in_atomic_block and not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute(SET_SCOPE, scope.settings())


@contextmanager
def _enter(scope: Scope) -> Iterator[Scope]:
    before = _current.get()
    token = _current.set(scope)
    _tell_open_transaction(scope)
    try:
        yield scope
    finally:
        _current.reset(token)
        _tell_open_transaction(before)


@contextmanager
def agency_scope(agency_id: int) -> Iterator[Scope]:
    """Work inside one agency. Queries need a transaction; each transaction inside carries the scope.

    The person is not part of it: their memberships of other agencies are out of sight as well.
    """
    with _enter(Scope(agency_id=agency_id)) as scope:
        yield scope


@contextmanager
def user_scope(user_id: int) -> Iterator[Scope]:
    """See the memberships of one user and the agencies they belong to, nothing else."""
    with _enter(Scope(user_id=user_id)) as scope:
        yield scope


@contextmanager
def operator_scope() -> Iterator[Scope]:
    """See and keep the list of agencies (not their data): for the operator's site, beat and commands."""
    with _enter(Scope(operator=True)) as scope:
        yield scope
