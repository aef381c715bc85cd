"""The one rounding rule of `core.money` for whole columns of a frame."""

import polars as pl


def round_ratio(amount: pl.Expr, numerator: pl.Expr | int, denominator: pl.Expr | int) -> pl.Expr:
    """R(amount × numerator / denominator) of whole fen, as `core.money.round_ratio` rounds (docs/money.md §0).

    Numerator ≥ 0, denominator > 0. Whole units of the denominator are taken apart, so that an amount of any size can
    be shared at a rate with few places; no step is larger than 2 × amount × numerator + denominator.
    """
    size = amount.abs()
    rest = (2 * (size % denominator) * numerator + denominator) // (2 * denominator)
    return amount.sign() * (size // denominator * numerator + rest)
