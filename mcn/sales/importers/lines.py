"""A frame of a platform file's text cells → normalised order lines and the rows that were refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from mcn.sales.importers.formats import STATUS_ORDER, UNPAID, SalesFormat
from mcn.sales.reading.cells import are_zeroed, is_zeroed, parse_account, parse_id, tidy
from mcn.sales.reading.tables import CUT_OFF, ROW_NUMBER, SURPLUS

MOMENT = pl.Datetime("us", "UTC")
KEYS = ("order_key", "line_key", "part_key")

LINE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_number": pl.Int64,
    "platform": pl.String,
    "order_key": pl.String,
    "line_key": pl.String,
    "part_key": pl.String,
    "account_key": pl.String,
    "account_name": pl.String,
    "product_id": pl.String,
    "product_name": pl.String,
    "shop_name": pl.String,
    "quantity": pl.Int64,
    "room_id": pl.String,
    "traffic": pl.String,
    "status": pl.String,
    "status_order": pl.Int64,
    "platform_status": pl.String,
    "paid_at": MOMENT,
    "received_at": MOMENT,
    "settled_at": MOMENT,
    "refunded_at": MOMENT,
    "changed_at": MOMENT,
    "est_base": pl.Int64,
    "est_gross": pl.Int64,
    "est_fee": pl.Int64,
    "est_holder": pl.Int64,
    "set_base": pl.Int64,
    "set_gross": pl.Int64,
    "set_fee": pl.Int64,
    "set_holder": pl.Int64,
    "set_agency": pl.Int64,
    "flags": pl.String,
    "row_hash": pl.Int64,
}
"""The normalised columns. Amounts are fen, times UTC. An amount is null where the file carries none.
`flags` are joined by commas, empty if none. `row_hash` covers all columns before it except the row number."""

REJECTED_SCHEMA: pl.Schema = pl.Schema(
    {"row_number": pl.Int64, "code": pl.String, "column": pl.String, "value": pl.String}
)
"""`code` is one of `reading.errors.ROW_REASONS`; `column` the file's header; `value` the cell as it stands."""

_ESTIMATES = ("est_base", "est_gross", "est_fee", "est_holder")
_SETTLED = ("set_base", "set_gross", "set_fee", "set_holder", "set_agency")
_TOTALS = r"(?i)^(合计|总计|小计|累计|total)[:：]?$"
_REFUSED = "refused_"
_LONGEST_VALUE = 80
_LONGEST_NAMES = {"account_name": 120, "product_name": 300, "shop_name": 200, "platform_status": 40}


@dataclass(frozen=True)
class Normalised:
    """`lines` as LINE_SCHEMA; `rejected` and `skipped` as REJECTED_SCHEMA (skipped rows are no errors)."""

    lines: pl.DataFrame
    rejected: pl.DataFrame
    skipped: pl.DataFrame


def normalise(
    raw: pl.DataFrame,
    layout: SalesFormat,
    headers: Mapping[str, str],
    zone: str,
    exported_at: datetime | None = None,
    zeroed: Collection[str] = (),
) -> Normalised:
    """Reads the raw cells of one batch.

    `headers`: meaning (key of `layout.columns`) → column of `raw`. `zone`: where times without offset are.
    `exported_at`: when the platform wrote the file, if known. `zeroed`: what `zeroed_columns` says of the file.
    Every row ends in exactly one of lines, rejected, skipped; only wholly empty rows vanish.
    The meaning of each amount: docs/money.md §1.
    """
    raw, skipped = _without_totals(raw, headers)
    refused = _Refusals(raw)
    if SURPLUS in raw.columns:
        cut_off = raw[SURPLUS] == CUT_OFF
        refused.where(cut_off, "cut_off")
        refused.where(tidy(raw[SURPLUS]).is_not_null() & ~cut_off, "too_many_cells")
    parsed = {}
    for key, column in layout.columns.items():
        if key not in headers:
            empty = column.parse(pl.Series(key, [], dtype=pl.String), zone).values
            parsed[key] = pl.Series(key, [None] * raw.height, dtype=empty.dtype)
            continue
        cells = raw[headers[key]]
        result = column.parse(cells, zone)
        parsed[key] = result.values.alias(key)
        if result.refused is not None:
            refused.add(result.refused, headers[key])
        if headers[key] in zeroed:
            refused.where(is_zeroed(cells), "zeroed_digits", headers[key])
        if column.words is not None:
            parsed[f"{key}_text"] = tidy(cells).alias(f"{key}_text")
    frame = pl.DataFrame([raw[ROW_NUMBER], *parsed.values()])
    known_at = None if exported_at is None else exported_at.astimezone(UTC)
    frame = _derived(frame.with_columns(pl.lit(known_at, MOMENT).alias("exported_at")), layout)
    settled = pl.col("status").is_in(layout.settled_states)

    for key in KEYS:
        if key in layout.columns:
            refused.where(frame[key].is_null(), "key_missing", headers[key])
    words = next((headers[key] for key, column in layout.columns.items() if column.words is not None), None)
    refused.where(frame["status"].is_null(), "unknown_status", words)
    if "paid_at" in layout.columns:
        timeless = pl.col("paid_at").is_null() & ~pl.col("status").is_in(["invalid", UNPAID])
        refused.where(frame.select(timeless).to_series(), "time_missing", headers["paid_at"])
    for key in layout.needs_when_settled:
        empty = frame.select(settled & pl.col(key).is_null()).to_series()
        refused.where(empty, "amount_missing", headers.get(key))
    for key in frame.columns:
        if key.startswith(_REFUSED):
            refused.where(frame[key], key.removeprefix(_REFUSED))

    keep = refused.kept()
    rejected = refused.frame()
    frame = frame.filter(keep)
    unpaid = frame["status"] == UNPAID
    if unpaid.any():
        skipped = pl.concat([skipped, reasons(frame.filter(unpaid)[ROW_NUMBER], "not_paid")])
        frame = frame.filter(~unpaid)
    return Normalised(_finished(frame, layout, settled), rejected, skipped)


def zeroed_columns(raw: pl.DataFrame, layout: SalesFormat, headers: Mapping[str, str]) -> frozenset[str]:
    """Columns of identifiers in which a spreadsheet wrote zeros for the last digits, judged by the first batch.

    It does so to whole columns, so the first rows tell; and a part of the rows is then refused as all of them are.
    """
    return frozenset(
        headers[key]
        for key, column in layout.columns.items()
        if key in headers and column.read in (parse_id, parse_account) and are_zeroed(raw[headers[key]])
    )


def reasons(rows: pl.Series, code: str) -> pl.DataFrame:
    """Rows left out for one and the same reason, as REJECTED_SCHEMA."""
    return pl.DataFrame({"row_number": rows, "code": code, "column": None, "value": None}).cast(REJECTED_SCHEMA)


class _Refusals:
    """Which rows are refused and why; the first reason found for a row is the one told."""

    def __init__(self, raw: pl.DataFrame) -> None:
        self._raw = raw
        self._codes = pl.Series("code", [None] * raw.height, dtype=pl.String)
        self._columns = self._codes.alias("column")
        self._values = self._codes.alias("value")

    def add(self, codes: pl.Series, column: str | None) -> None:
        new = self._codes.is_null() & codes.is_not_null()
        if not new.any():
            return
        self._codes = self._codes.zip_with(~new, codes)
        self._columns = self._columns.set(new, column)
        if column in self._raw.columns:
            text = tidy(self._raw[column]).str.slice(0, _LONGEST_VALUE)
            self._values = self._values.zip_with(~new, text)

    def where(self, mask: pl.Series, code: str, column: str | None = None) -> None:
        mask = mask.fill_null(False)
        if mask.any():
            self.add(pl.Series([None] * mask.len(), dtype=pl.String).set(mask, code), column)

    def kept(self) -> pl.Series:
        return self._codes.is_null()

    def frame(self) -> pl.DataFrame:
        bad = ~self.kept()
        frame = pl.DataFrame([self._raw[ROW_NUMBER], self._codes, self._columns, self._values])
        return frame.filter(bad).cast(REJECTED_SCHEMA)


def _without_totals(raw: pl.DataFrame, headers: Mapping[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Takes out rows that are no sale: empty ones, and totals, which have a word for it instead of an order."""
    order = tidy(raw[headers["order_key"]])
    doubtful = order.is_null() | order.str.contains(_TOTALS)
    if not doubtful.any():
        return raw, reasons(pl.Series([], dtype=pl.Int64), "totals_row")
    texts = raw.drop(ROW_NUMBER).filter(doubtful).select(pl.all().map_batches(tidy))
    empty = texts.select(pl.all_horizontal(pl.all().is_null())).to_series()
    totals = texts.select(pl.any_horizontal(pl.all().str.contains(_TOTALS).fill_null(False))).to_series()
    numbers = raw[ROW_NUMBER].filter(doubtful)
    dropped = numbers.filter(empty | totals)
    rest = raw.filter(~raw[ROW_NUMBER].is_in(dropped.implode()))
    return rest, reasons(numbers.filter(totals), "totals_row")


def _derived(frame: pl.DataFrame, layout: SalesFormat) -> pl.DataFrame:
    checks = (_REFUSED, "flag_")  # they may look at what is derived
    frame = frame.with_columns(**{key: expr for key, expr in layout.derive().items() if not key.startswith(checks)})
    flags = {key: expr for key, expr in layout.derive().items() if key.startswith(checks)}
    defaults: dict[str, pl.Expr] = {}
    if "line_key" not in frame.columns:
        defaults["line_key"] = pl.col("order_key")
    if "part_key" not in frame.columns:
        defaults["part_key"] = pl.lit("")
    if "platform_status" not in frame.columns:
        defaults["platform_status"] = pl.col("status_text")
    if "traffic_text" in frame.columns:
        live = pl.when(pl.col("traffic_text").str.contains("直播", literal=True)).then(pl.lit("live"))
        defaults["traffic"] = pl.when(pl.col("traffic_text").is_not_null()).then(live.otherwise(pl.lit("other")))
    return frame.with_columns(**flags, **defaults)


def _finished(frame: pl.DataFrame, layout: SalesFormat, settled: pl.Expr) -> pl.DataFrame:
    """The rules that hold for every format: what counts in which state, the flags, the hash."""
    flags = {key.removeprefix("flag_"): pl.col(key) for key in frame.columns if key.startswith("flag_")}
    if all(key in frame.columns for key in ("set_gross", "set_fee", "set_holder", "set_agency")):
        difference = pl.col("set_gross") - pl.col("set_fee") - pl.col("set_holder") - pl.col("set_agency")
        flags["sum_mismatch"] = (difference.abs() > 1).fill_null(False)
    flag_words = [pl.when(expr).then(pl.lit(name)) for name, expr in flags.items()]
    frame = frame.with_columns(
        pl.lit(layout.platform).alias("platform"),
        pl.col("status").replace_strict(STATUS_ORDER, return_dtype=pl.Int64).alias("status_order"),
        pl.concat_str(flag_words, separator=",", ignore_nulls=True).alias("flags")
        if flag_words
        else pl.lit("").alias("flags"),
        *(
            pl.when(settled).then(pl.col(key)).otherwise(pl.lit(0)).alias(key)
            for key in _SETTLED
            if key in frame.columns
        ),
        *(
            pl.when(pl.col("status") == "invalid").then(pl.lit(0)).otherwise(pl.col(key)).alias(key)
            for key in _ESTIMATES
            if key in frame.columns
        ),
    )
    hashed = [name for name in LINE_SCHEMA if name not in ("row_number", "row_hash")]
    missing = [pl.lit(None, dtype=LINE_SCHEMA[name]).alias(name) for name in hashed if name not in frame.columns]
    frame = frame.with_columns(missing).select(
        pl.col(name).cast(kind) for name, kind in LINE_SCHEMA.items() if name != "row_hash"
    )
    frame = frame.with_columns(pl.col(name).str.slice(0, longest) for name, longest in _LONGEST_NAMES.items())
    return frame.with_columns(frame.select(hashed).hash_rows(seed=0).reinterpret(signed=True).alias("row_hash"))
