"""From an importer's frame to the staging table, and the SQL that works on it."""

import io
from functools import cache
from importlib import resources
from typing import Any

import polars as pl
from django.db import connections

_TEXTS = {  # longest text that the line keeps
    "account_key": 120,
    "account_name": 120,
    "product_id": 64,
    "product_name": 300,
    "shop_name": 200,
    "room_id": 64,
    "platform_status": 40,
    "flags": 100,
}
_ACCOUNT_SEED = 0x6163636F756E74


@cache
def sql(name: str) -> str:
    """Text of the statement `mcn/sales/sql/<name>.sql`."""
    return resources.files("mcn.sales").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def run(name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement of `mcn/sales/sql` in the current transaction; its rows, if it gives any."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql(name), parameters)
        return cursor.fetchall() if cursor.description else []


def prepare() -> None:
    """Make the staging tables of this transaction; they vanish with it."""
    with connections["default"].cursor() as cursor:
        cursor.execute("set local client_min_messages = warning")
        cursor.execute("set local work_mem = '128MB'")
        cursor.execute("set local jit = off")
        for statement in sql("stage").split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("truncate staged_lines, known_lines, line_changes, day_changes")


def as_csv(frame: pl.DataFrame, *, account: str = "") -> bytes:
    """The staging table's rows for an importer's frame (its column contract: importers/lines.py).

    `account` is the account given with the import; it counts as part of the row, so that a file imported
    again for another account is a change.
    """
    text = [
        pl.col(name).fill_null("").str.replace_all("\x00", "", literal=True).str.slice(0, longest).alias(name)
        for name, longest in _TEXTS.items()
    ]
    given: list[pl.Expr] = []
    if account:
        mark = pl.Series([account]).hash(seed=_ACCOUNT_SEED).reinterpret(signed=True).item()
        given = [pl.lit(account).alias("account_key"), (pl.col("row_hash") ^ mark).alias("row_hash")]
    microseconds = [
        pl.col(name).dt.timestamp("us").alias(name) for name in ("paid_at", "received_at", "settled_at", "changed_at")
    ]
    staged = frame.with_columns(
        *text,
        *microseconds,
        pl.col("part_key").fill_null(""),
        (pl.col("traffic") == "live").alias("is_live"),
    )
    out = io.BytesIO()
    staged.with_columns(given).select(COLUMNS).write_csv(out, include_header=False)
    return out.getvalue()


# In the order of the staging table.
COLUMNS = [
    "row_number",
    "platform",
    "order_key",
    "line_key",
    "part_key",
    "account_key",
    "account_name",
    "product_id",
    "product_name",
    "shop_name",
    "quantity",
    "room_id",
    "is_live",
    "status_order",
    "platform_status",
    "paid_at",
    "received_at",
    "settled_at",
    "changed_at",
    "est_base",
    "est_gross",
    "est_fee",
    "set_base",
    "set_gross",
    "set_fee",
    "set_holder",
    "flags",
    "row_hash",
]


def load(rows: bytes) -> None:
    """Replace the staged batch by these rows."""
    with connections["default"].cursor() as cursor:
        cursor.execute("truncate staged_lines, known_lines, line_changes")
        with cursor.cursor.copy("copy staged_lines from stdin (format csv)") as copy:
            copy.write(rows)
