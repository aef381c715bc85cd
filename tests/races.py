"""Two people at the same thing at once: the first has done it and not committed yet, the second comes.

That order is the worst one and always the same: whatever the second has read before it waits is out of date.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connections, transaction
from django.utils import translation

from mcn.core.errors import DomainError
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.workers import wait_until

Work = Callable[[], Any]


def in_turn(world: World, first: Work, second: Work) -> tuple[Any, Any]:
    """Both on connections and in transactions of their own; results, or the DomainErrors they were refused with.

    The first commits when the second waits for it, or has ended: whoever waits for nothing has not seen the first.
    """
    done, may_commit = Event(), Event()
    pid: Future[int] = Future()

    def hold() -> Any:
        try:
            return first()
        finally:
            done.set()
            may_commit.wait(60)

    def come() -> Any:
        pid.set_result(connections["default"].connection.info.backend_pid)
        return second()

    with ThreadPoolExecutor(2) as both:
        begun = both.submit(_alone, world, hold)
        assert done.wait(60)
        came = both.submit(_alone, world, come)
        try:
            wait_until(lambda: came.done() or _waits(pid.result(60)), "the second to wait or to end")
        finally:
            may_commit.set()
        return begun.result(60), came.result(60)


def _alone(world: World, work: Work) -> Any:
    try:
        with translation.override("en"), agency_scope(world.id), transaction.atomic():
            return work()
    except DomainError as error:
        with translation.override("en"):
            error.said = str(error)  # type: ignore[attr-defined]
        return error
    finally:
        connections.close_all()


def _waits(pid: int) -> bool:
    with connections["owner"].cursor() as cursor:
        cursor.execute("select exists (select from pg_locks where pid = %s and not granted)", [pid])
        return bool(cursor.fetchone()[0])
