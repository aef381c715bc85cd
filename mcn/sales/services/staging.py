"""From an importer's frame to the staging table, and the SQL that works on it."""

import io
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.db import connections

from mcn.core.periods import business_date
from mcn.tenancy.models import Agency

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


def as_csv(frame: pl.DataFrame, *, calendar: Calendar, account: str = "") -> bytes:
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
        calendar.days("paid_at").alias("paid_on"),
        calendar.months(frame, "settled_at").alias("settled_month"),
        calendar.months(frame, "changed_at").alias("changed_month"),
    )
    out = io.BytesIO()
    staged.with_columns(given).select(STAGED.values()).write_csv(out, include_header=False)
    return out.getvalue()


# Columns of the staging table by those of the frame that fill them.
STAGED = {
    "row_number": "row_number",
    "platform": "platform",
    "order_key": "order_key",
    "line_key": "line_key",
    "part_key": "part_key",
    "account_key": "account_key",
    "account_name": "account_name",
    "product_id": "product_id",
    "product_name": "product_name",
    "shop_name": "shop_name",
    "quantity": "quantity",
    "room_id": "room_id",
    "is_live": "is_live",
    "status": "status_order",
    "platform_status": "platform_status",
    "paid_us": "paid_at",
    "received_us": "received_at",
    "settled_us": "settled_at",
    "changed_us": "changed_at",
    "paid_on": "paid_on",
    "settled_month": "settled_month",
    "changed_month": "changed_month",
    "est_base": "est_base",
    "est_gross": "est_gross",
    "est_fee": "est_fee",
    "set_base": "set_base",
    "set_gross": "set_gross",
    "set_fee": "set_fee",
    "set_holder": "set_holder",
    "flags": "flags",
    "row_hash": "row_hash",
}


def load(rows: bytes) -> None:
    """Replace the staged batch by these rows."""
    with connections["default"].cursor() as cursor:
        cursor.execute("truncate staged_lines, known_lines, line_changes")
        with cursor.cursor.copy(f"copy staged_lines ({', '.join(STAGED)}) from stdin (format csv)") as copy:
            copy.write(rows)
