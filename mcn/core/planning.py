"""Settings of the database for one piece of work; they are as before when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

FEW_ROWS = 20_000  # up to here looking rows up one by one costs less than reading whole tables
SORT_MEMORY = "256MB"  # enough to sort a month of a million lines without touching the disk


@contextmanager
def local_settings(**values: str) -> Iterator[None]:
    """Inside, these settings of the database. In a transaction: what fails takes them back with it."""
    before = _set(values)
    yield
    _set(before)


def _set(values: dict[str, str]) -> dict[str, str]:
    """Set them; what they were."""
    before = {}
    with connections["default"].cursor() as cursor:
        for name, value in values.items():
            cursor.execute("select current_setting(%s), set_config(%s, %s, true)", [name, name, value])
            before[name] = cursor.fetchone()[0]
    return before


@contextmanager
def expecting(rows: int) -> Iterator[None]:
    """Inside, the planner reckons with queries that join and sort about so many rows.

    After a mass load there are no statistics yet; the planner then takes a million rows for a few and looks them
    up one by one, which takes hours. A hash join is right for many rows, whatever the statistics say; and while
    it runs nothing else has work, so a second core may help.
    """
    many = rows > FEW_ROWS
    with local_settings(
        work_mem=SORT_MEMORY,
        jit="off",
        enable_nestloop="off" if many else "on",
        parallel_tuple_cost="0.001" if many else "0.1",
    ):
        yield


@contextmanager
def by_keys() -> Iterator[None]:
    """Inside, rows are joined by the indexes of their keys: merged where most of a table is asked for, looked up one by
    one where it holds many other months. A hash join would read all of it, and its table outgrows the processor's
    caches.

    So that missing statistics lead to no other index, queries inside name the agency of what they look up as a
    subselect: `(select %(agency)s)`.
    """
    with local_settings(enable_hashjoin="off", enable_mergejoin="on", enable_nestloop="on"):
        yield
