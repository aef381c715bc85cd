"""Settings of the database for one piece of work; they are as before when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

FEW_ROWS = 20_000  # up to here looking rows up one by one costs less than reading whole tables
KNOWN_FROM = 10  # a tenth of what is there shows that the statistics have heard of it
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
def by_keys(table: str, agency_id: int, rows: int) -> Iterator[None]:
    """Inside, so many rows of an agency in `table` are joined by the indexes of their keys: merged where that is most
    of what the agency has, looked up one by one where it has much more. A hash join would read all of it, and its hash
    table outgrows the processor's caches.

    Nothing changes where the planner knows nothing of the agency: it might then choose another index, and walk over all
    that the agency has for each row.
    """
    if expected_of(table, agency_id) < rows / KNOWN_FROM:
        yield
        return
    with local_settings(enable_hashjoin="off", enable_mergejoin="on", enable_nestloop="on"):
        yield


def expected_of(table: str, agency_id: int) -> int:
    """How many rows the planner believes that an agency has in a table: 1 at the least."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f"explain (format json) select from {table} where agency_id = %s", [agency_id])
        return int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
