"""Shares of third payees in the events of a month (docs/money.md §4.6), in column frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from mcn.commissions.calculation import cumulative
from mcn.commissions.calculation.cumulative import Rate
from mcn.commissions.engine.inputs import Override
from mcn.core.money import RATE_PLACES

_COLUMNS = ("place", "line_id", "event_id", "us", "position", "weight", "pool", "share", "paid_on", "holder_id")


@dataclass(frozen=True, slots=True)
class Third:
    """An override with its bucket. `scale`: how many parts of a fen its bases are counted in; `turnover`: a bound for
    Σ |base|, fen."""

    bucket: int
    override: Override
    scale: int
    turnover: int

    @property
    def rate(self) -> Rate:
        """What the bases, in parts of a fen, are shared at."""
        rate = self.override.rate
        return Rate(rate.numerator, rate.denominator * self.scale, self.turnover * self.scale)


def reckon(thirds: list[Third], shared: pl.DataFrame, values: dict[str, Any]) -> pl.DataFrame:
    """The overrides on the shares, in the order of their own buckets, each with its `basis` in parts of a fen.

    `of_place` and `of_bucket` are those of the anchor's share, `borne` whether that is reduced by it.
    """
    table = pl.DataFrame(
        [_row(third) for third in thirds],
        schema={
            "bucket": pl.Int32,
            "version_id": pl.Int64,
            "from_on": pl.Date,
            "until_on": pl.Date,
            "base": pl.String,
            "borne": pl.Boolean,
            "scale": pl.Int128,
        },
        orient="row",
    )
    part = (
        pl.when(pl.col("scale") == 1).then(pl.col("pool")).otherwise(pl.col("weight").cast(pl.Int128) * pl.col("pool"))
    )
    share = pl.col("share") * pl.col("scale")
    found = (
        shared.select(*_COLUMNS, "version_id", of_bucket="bucket")
        .rename({"place": "of_place"})
        .join(table, on="version_id")
        .filter(
            pl.col("paid_on").is_not_null(),
            pl.col("from_on").is_null() | (pl.col("from_on") <= pl.col("paid_on")),
            pl.col("until_on").is_null() | (pl.col("paid_on") < pl.col("until_on")),
        )
        .with_columns(
            basis=pl.when(pl.col("base") == "pool")
            .then(part)
            .when(pl.col("base") == "anchor_share")
            .then(share)
            .otherwise(part - share)
        )
        .drop("version_id", "from_on", "until_on", "base", "scale", "share", "pool")
    )
    ordered = cumulative.in_order(found, values)
    rates = {third.bucket: third.rate for third in thirds}
    return ordered.with_columns(cumulative.shares(ordered, "basis", rates)).with_row_index("place")


def _row(third: Third) -> tuple[Any, ...]:
    one = third.override
    return (
        third.bucket,
        one.version_id,
        one.from_on,
        one.until_on,
        one.basis,
        one.borne_by == "anchor",
        third.scale,
    )


def less_borne(shared: pl.DataFrame, over: pl.DataFrame) -> pl.DataFrame:
    """The anchors' shares, less what they bear of overrides."""
    borne = over.filter("borne").group_by(place="of_place").agg(pl.col("share").sum().alias("borne"))
    if borne.is_empty():
        return shared
    less = shared.join(borne, on="place", how="left", maintain_order="left")
    return less.with_columns(share=pl.col("share") - pl.col("borne").fill_null(0)).drop("borne")


def sums(over: pl.DataFrame, thirds: list[Third]) -> Iterator[tuple[int, int, int | Decimal, int]]:
    """Lines, bases and shares by bucket (`Reckoning.reckoned`); what anchors bear is taken off their buckets."""
    scales = {third.bucket: third.scale for third in thirds}
    mine = over.group_by("bucket").agg(pl.len(), pl.col("basis").sum(), _whole("share"))
    for bucket, count, basis, share in mine.iter_rows():
        yield bucket, count, Decimal(basis) if scales[bucket] == 1 else Decimal(f"{basis}e-{RATE_PLACES}"), share
    borne = over.filter("borne").group_by("of_bucket").agg(_whole("share"))
    for bucket, share in borne.iter_rows():
        yield bucket, 0, 0, -share


def _whole(amount: str) -> pl.Expr:
    return pl.col(amount).cast(pl.Int128).sum()  # whatever a column sums up to, it fits
