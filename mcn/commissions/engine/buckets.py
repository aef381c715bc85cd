"""Cumulative rounding (docs/money.md §4.2): the lines of a bucket add up to its rate on its total, rounded once."""

from fractions import Fraction

from mcn.core.money import round_ratio


class Bucket:
    """Running sum of what is shared at one exact rate `q`: pools in fen, or an override's exact bases."""

    __slots__ = ("q", "rounded", "total")

    def __init__(self, q: Fraction) -> None:
        self.q = q
        self.total: int | Fraction = 0
        self.rounded = 0

    def add(self, amount: int | Fraction) -> int:
        """Share of the next amount in fen: R(c_i × q) − R(c_(i−1) × q)."""
        before = self.rounded
        self.total += amount
        self.rounded = round_ratio(self.total.numerator, self.q.numerator, self.total.denominator * self.q.denominator)
        return self.rounded - before
