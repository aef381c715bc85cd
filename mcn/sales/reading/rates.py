"""Rates of commission, exactly, and the commission that they make of a base."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import polars as pl

from mcn.sales.reading.cells import Parsed, Unreadable, compact, with_each_read

PARTS: Final = 10**8
"""A rate is read as a whole number of such parts: per cent with six decimals."""

UNITS: Final = {
    "percent": Decimal("0.01"),
    "fraction": Decimal(1),
    "permille": Decimal("0.001"),
    "basis_points": Decimal("0.0001"),
    "ppm": Decimal("0.000001"),
}
"""What 1 is in a column of rates."""

_SIGNS = {"percent": "%", "permille": "‰"}
_LONGEST = 20


def parse_rate(cells: pl.Series, unit: str) -> Parsed:
    """Rates in [0, 1] as whole `PARTS`; `unit` is a key of `UNITS`. A sign of another unit is no rate here.

    Refused as `not_rate`: what is no number, is outside [0, 1] or finer than a part.
    """

    def read(value: str) -> int:
        text = compact(value).removesuffix(_SIGNS.get(unit, "\0"))
        if len(text) > _LONGEST or not text.isascii() or not text.replace(".", "", 1).isdigit():
            raise Unreadable("not_rate")
        parts = Decimal(text) * UNITS[unit] * PARTS
        if parts != parts.to_integral_value() or parts > PARTS:
            raise Unreadable("not_rate")
        return int(parts)

    return with_each_read(cells, read, pl.Int64)


def commission(base: str, rate: str) -> pl.Expr:
    """R(base × rate) in fen of the columns `base` (fen) and `rate` (`PARTS`): `core.money.round_ratio` for columns."""
    product = pl.col(base).cast(pl.Int128) * pl.col(rate).cast(pl.Int128)
    whole = ((product.abs() * 2 + PARTS) // (2 * PARTS)).cast(pl.Int64)
    return pl.when(product < 0).then(-whole).otherwise(whole)
