"""Cumulative rounding of whole columns (docs/money.md §4.2): the order of a bucket's events, and their shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from mcn.commissions.calculation.frames import put, read
from mcn.core import columns
from mcn.core.money import round_ratio

SAFE = 9 * 10**18  # room below 2^63 for the sums inside `columns.round_ratio`


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket's amounts are shared at, as a fraction. `turnover`: a bound for Σ |amount|, so for every sum."""

    numerator: int
    denominator: int
    turnover: int

    @property
    def safe(self) -> bool:
        """Whether no step of the reckoning can leave the whole numbers of a column."""
        return 2 * max(self.turnover, 1) * max(self.numerator, 1) + 2 * self.denominator < SAFE


def in_order(rows: pl.DataFrame, values: dict[str, Any]) -> pl.DataFrame:
    """Rows by bucket and, in it, in the order (event time, platform, order key, line key, event id, host).

    What the database is asked for are the keys of lines that have a moment in common in a bucket.
    """
    found = rows.sort("us").sort("bucket", maintain_order=True)  # half the time of one sort by both
    shared = (pl.col("bucket") == pl.col("bucket").shift(1)) & (pl.col("us") == pl.col("us").shift(1))
    tied = found.filter(shared | shared.shift(-1))["line_id"].unique()
    if tied.is_empty():
        return found
    put("c_tied", "line_id bigint", tied.to_frame())
    keys = ("platform", "order_key", "line_key")
    places = read(
        f"""select line_id, row_number() over (
            order by {", ".join(f'l.{key} collate "C"' for key in keys)}) as tie
        from c_tied join sales_orderline l on l.agency_id = %(agency)s and l.id = line_id""",
        {"line_id": "line_id", "tie": "tie"},
        values,
    )
    placed = found.join(places, on="line_id", how="left")
    return placed.sort("bucket", "us", "tie", "event_id", "position").drop("tie")


def shares(rows: pl.DataFrame, amount: str, rates: Mapping[int, Rate]) -> pl.Series:
    """share_i = R(c_i × q) − R(c_(i−1) × q) of rows in the order of their buckets; `c` sums up the column `amount`."""
    safe = {bucket: rate for bucket, rate in rates.items() if rate.safe}
    table = pl.DataFrame(
        {
            "bucket": pl.Series(list(safe), dtype=pl.Int32),
            "n": pl.Series([rate.numerator for rate in safe.values()], dtype=pl.Int64),
            "d": pl.Series([rate.denominator for rate in safe.values()], dtype=pl.Int64),
        }
    )
    again = pl.col("bucket") == pl.col("bucket").shift(1)
    found = (
        rows.select("bucket", amount=pl.col(amount).cast(pl.Int64, strict=False))
        .join(table, on="bucket", how="left", maintain_order="left")
        .with_columns(run=pl.col("amount").cum_sum().over("bucket"))
        .with_columns(rounded=columns.round_ratio(pl.col("run"), pl.col("n"), pl.col("d")))
        .select(pl.col("rounded") - pl.when(again).then(pl.col("rounded").shift(1)).otherwise(0))
        .to_series()
        .alias("share")
    )
    return found if len(safe) == len(rates) else _exact(rows, amount, rates, found)


def _exact(rows: pl.DataFrame, amount: str, rates: Mapping[int, Rate], found: pl.Series) -> pl.Series:
    """`found`, with the shares of buckets that are not safe: in whole numbers of any size, one by one."""
    known = found.to_list()
    last, run, before = None, 0, 0
    for place, (bucket, value) in enumerate(rows.select("bucket", amount).iter_rows()):
        rate = rates[bucket]
        if rate.safe:
            continue
        if bucket != last:
            last, run, before = bucket, 0, 0
        run += value
        after = round_ratio(run, rate.numerator, rate.denominator)
        known[place] = after - before
        before = after
    return pl.Series("share", known, dtype=pl.Int64)
