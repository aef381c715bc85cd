"""From an importer's frame to the staging table, and the SQL that works on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connections

from mcn.core.copying import as_copied
from mcn.core.periods import business_date
from mcn.tenancy.models import Agency

# How a line begins that is new to the agency (`services.beginnings`).
BEGINNING = ("new_fee", "fee_derived", "event_month", "event_kind", "event_us", "settle_month")
# What decides whether a row is known and newer.
KNOWN_BY = ("row_number", "platform", "order_key", "line_key", "status", "changed_us", "row_hash")
_TEXTS = (
    "part_key", "account_key", "account_name", "product_id", "product_name", "shop_name", "room_id",
    "platform_status", "flags",
)  # fmt: skip
_MOMENTS = ("paid", "received", "settled", "refunded", "changed")
# What is said of lines that are known already, and of their parts alone.
_OF_KNOWN = ("part_key", "set_fee", "refunded_us", "settled_month", "refunded_month", "changed_month")
# What a file says of a row.
SAID = (
    *KNOWN_BY,
    *_TEXTS,
    *("quantity", "is_live", "paid_us", "received_us", "settled_us", "refunded_us", "paid_on"),
    *("settled_month", "refunded_month", "changed_month"),
    *("est_base", "est_gross", "est_fee", "set_base", "set_gross", "set_fee", "set_holder"),
)
COLUMNS = (*SAID, *BEGINNING)
OF_NEW = tuple(name for name in COLUMNS if name not in _OF_KNOWN)
_ACCOUNT_SEED = 0x6163636F756E74


@dataclass(frozen=True)
class Calendar:
    """Where and when an agency's business days begin (docs/money.md §2)."""

    zone: str
    day_starts_at: time

    @classmethod
    def of(cls, agency: Agency) -> "Calendar":
        """The agency's own."""
        return cls(agency.timezone, agency.day_starts_at)

    def month(self, moment: datetime) -> str:
        """The month (YYYY-MM) of a moment's business day."""
        return f"{business_date(moment, ZoneInfo(self.zone), self.day_starts_at):%Y-%m}"

    def days(self, moments: str) -> pl.Expr:
        """The business days of a column of UTC moments: what `core.periods.business_date` says of each."""
        start = pl.duration(hours=self.day_starts_at.hour, minutes=self.day_starts_at.minute)
        local = pl.col(moments).dt.convert_time_zone(self.zone).dt.replace_time_zone(None)
        return (local - start).dt.date()

    def months(self, frame: pl.DataFrame, moments: str) -> pl.Series:
        """The months (YYYY-MM) of a column of UTC moments."""
        firsts = frame.select(self.days(moments).dt.truncate("1mo")).to_series()
        found = firsts.unique().drop_nulls()
        return firsts.replace_strict(found, found.dt.strftime("%Y-%m"), return_dtype=pl.String)


@cache
def sql(name: str) -> str:
    """Text of the statement `mcn/sales/sql/<name>.sql`."""
    return resources.files("mcn.sales").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def run(name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement of `mcn/sales/sql` in the current transaction; its rows, if it gives any."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql(name), parameters)
        return cursor.fetchall() if cursor.description else []


def change(name: str, parameters: dict[str, Any]) -> int:
    """Run such a statement that gives no rows; how many it wrote."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql(name), parameters)
        return int(cursor.rowcount)


def prepare() -> None:
    """Make the staging tables of this transaction; they vanish with it."""
    with connections["default"].cursor() as cursor:
        cursor.execute("set local client_min_messages = warning")
        cursor.execute("set local work_mem = '128MB'")
        cursor.execute("set local jit = off")
        # Sessions take ids in blocks; events of one moment go by their ids, so those of this import have to be later.
        cursor.execute("discard sequences")
        for statement in sql("stage").split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        cursor.execute("truncate day_changes, day_sums, settled_changes, lag_changes")


def staged(frame: pl.DataFrame, *, calendar: Calendar, account: str = "") -> pl.DataFrame:
    """The staging table's rows for an importer's frame (its column contract: importers/lines.py).

    `account` is the account given with the import; it counts as part of the row, so that a file imported
    again for another account is a change.
    """
    given: list[pl.Expr] = []
    if account:
        mark = pl.Series([account]).hash(seed=_ACCOUNT_SEED).reinterpret(signed=True).item()
        given = [pl.lit(account).alias("account_key"), (pl.col("row_hash") ^ mark).alias("row_hash")]
    return (
        frame.with_columns(
            (pl.col("traffic") == "live").alias("is_live"),
            calendar.days("paid_at").alias("paid_on"),
            calendar.months(frame, "settled_at").alias("settled_month"),
            calendar.months(frame, "refunded_at").alias("refunded_month"),
            calendar.months(frame, "changed_at").alias("changed_month"),
        )
        .with_columns(
            *(pl.col(f"{name}_at").dt.timestamp("us").alias(f"{name}_us") for name in _MOMENTS),
            pl.col("status_order").alias("status"),
        )
        .with_columns(given)
        .select(SAID)
    )


@dataclass(frozen=True)
class Rows:
    """Rows on their way to the staging table: the columns that hold something, and their cells as text."""

    columns: tuple[str, ...]
    text: memoryview


def as_rows(rows: pl.DataFrame, columns: Sequence[str]) -> Rows:
    """These columns of staged rows. Those without a value in any row are left out: the table knows what they are."""
    filled = tuple(name for name in columns if _is_filled(rows[name]))
    shown = rows.select(pl.col(name).fill_null("") if name in _TEXTS else name for name in filled)
    return Rows(filled, as_copied(shown))


def _is_filled(column: pl.Series) -> bool:
    if column.dtype == pl.String:
        return bool(column.str.len_bytes().max())
    return column.null_count() < column.len()


def load(rows: Rows) -> None:
    """Replace the staged rows by these."""
    with connections["default"].cursor() as cursor:
        cursor.execute("truncate staged_lines")
    _copy("staged_lines", rows.columns, rows.text)


def add(table: str, rows: pl.DataFrame) -> None:
    """Add rows to one of this transaction's own tables, by the names of its columns."""
    _copy(table, rows.columns, as_copied(rows))


def _copy(table: str, columns: Sequence[str], text: memoryview) -> None:
    with (
        connections["default"].cursor() as cursor,
        cursor.cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy,
    ):
        copy.write(text)


def forget() -> None:
    """End a batch: nothing is known of the next one's rows, and they have brought no event."""
    with connections["default"].cursor() as cursor:
        cursor.execute("truncate known_lines, line_changes, appended_events")
