"""Small data as temporary tables, and exact rounding as SQL."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections


def execute(sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Run a statement in the current transaction; its rows, if it gives any."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def tune() -> None:
    """Planner settings for large statements; they end with the transaction."""
    execute("set local client_min_messages = warning")
    # Large hash tables are made piece by piece then: faster than one that is far larger than the processor's caches.
    execute("set local work_mem = '8MB'")
    execute("set local jit = off")
    execute("set local default_statistics_target = 20")  # tables of a month differ by orders of magnitude, not finely
    execute("set local parallel_tuple_cost = 0.01")  # most rows of a month go through to the end
    execute("set local enable_mergejoin = off")  # with small tables it compares far too many rows


class Constants:
    """Small tables as constants of a statement: unlike temporary tables they leave it to several processes."""

    def __init__(self) -> None:
        self.parameters: dict[str, Any] = {}
        self._sql: dict[str, str] = {}

    def add(self, name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """A table of these columns (`name type, …`) and rows."""
        names, types = zip(*(column.split() for column in columns.split(", ")), strict=True)
        values = list(zip(*rows, strict=True)) or [()] * len(names)
        keys = [f"{name}_{column}" for column in names]
        self.parameters |= {key: list(column) for key, column in zip(keys, values, strict=True)}
        arrays = ", ".join(f"%({key})s::{kind}[]" for key, kind in zip(keys, types, strict=True))
        self._sql[name] = f"unnest({arrays}) as {name} ({', '.join(names)})"

    def __getitem__(self, name: str) -> str:
        """The table for a FROM clause, under its own name; its parameters are in `parameters`."""
        return self._sql[name]


def make(name: str, columns: str) -> None:
    """Make the empty temporary table `name`. It vanishes with the transaction."""
    execute(f"drop table if exists pg_temp.{name} cascade")
    execute(f"create temp table {name} ({columns}) on commit drop")


def fill(name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Make the temporary table `name` with these rows."""
    make(name, columns)
    with connections["default"].cursor() as cursor, cursor.copy(f"copy {name} from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    execute(f"analyze {name}")


def select_into(name: str, sql: str, parameters: Any = None, *, joined_by: str = "") -> None:
    """Make the temporary table `name` from a query. The planner learns about all columns, or those of `joined_by`."""
    execute(f"drop table if exists pg_temp.{name} cascade")
    execute(f"create temp table {name} on commit drop as {sql}", parameters)
    execute(f"analyze {name} ({joined_by})" if joined_by else f"analyze {name}")


def rounded(amount: str, numerator: str, denominator: str) -> str:
    """SQL for R(amount × numerator / denominator) in whole numbers of any size: half away from zero (docs/money.md §0).

    The denominator is positive.
    """
    product, denominator = f"({amount})::numeric * ({numerator})::numeric", f"({denominator})::numeric"
    above = f"2 * {product} + case when {product} < 0 then -{denominator} else {denominator} end"
    return f"div({above}, 2 * {denominator})::bigint"  # division would round, `div` truncates
