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
    execute("set local work_mem = '256MB'")
    execute("set local jit = off")


def fill(name: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Make the temporary table `name` with these rows. It vanishes with the transaction."""
    with connections["default"].cursor() as cursor:
        cursor.execute(f"drop table if exists pg_temp.{name}")
        cursor.execute(f"create temp table {name} ({columns}) on commit drop")
        with cursor.copy(f"copy {name} from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"analyze {name}")


def select_into(name: str, sql: str, parameters: Any = None) -> None:
    """Make the temporary table `name` from a query."""
    execute(f"drop table if exists pg_temp.{name}")
    execute(f"create temp table {name} on commit drop as {sql}", parameters)
    execute(f"analyze {name}")


def rounded(kind: str, amount: str, numerator: str, denominator: str) -> str:
    """SQL for R(amount × numerator / denominator) in whole numbers: half away from zero (docs/money.md).

    `kind` is bigint where no product can overflow, else numeric. The denominator is positive.
    """
    product = f"({amount})::{kind} * ({numerator})::{kind}"
    above, below = f"2 * abs({product}) + ({denominator})::{kind}", f"2 * ({denominator})::{kind}"
    # bigint division truncates; numeric division would round, `div` truncates
    quotient = f"({above}) / ({below})" if kind == "bigint" else f"div({above}, {below})"
    return f"(case when {product} < 0 then -({quotient}) else {quotient} end)::bigint"
