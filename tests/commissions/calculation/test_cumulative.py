"""Whole columns are rounded as `core.money` rounds one amount after the other, whatever their size."""

from fractions import Fraction
from itertools import accumulate

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.commissions.calculation import cumulative
from mcn.commissions.calculation.cumulative import Rate
from mcn.core.money import LARGEST_FEN, R

AMOUNTS = st.one_of(st.integers(-300, 300), st.integers(-LARGEST_FEN, LARGEST_FEN))
RATES = st.fractions(0, 1, max_denominator=10**7) | st.fractions(0, 1, max_denominator=10**25)


def one_by_one(amounts: list[int], q: Fraction) -> list[int]:
    rounded = [R(run * q) for run in accumulate(amounts)]
    return [after - before for before, after in zip([0, *rounded], rounded, strict=False)]


def rate(amounts: list[int], q: Fraction) -> Rate:
    return Rate(q.numerator, q.denominator, sum(map(abs, amounts)))


@given(st.lists(st.tuples(st.lists(AMOUNTS, min_size=1, max_size=8), RATES), min_size=1, max_size=4))
def test_shares_add_up_to_the_rounded_sum_in_every_bucket(buckets: list[tuple[list[int], Fraction]]) -> None:
    rows = pl.DataFrame(
        [(number, amount) for number, (amounts, _q) in enumerate(buckets, 1) for amount in amounts],
        schema={"bucket": pl.Int32, "pool": pl.Int64},
        orient="row",
    )
    rates = {number: rate(amounts, q) for number, (amounts, q) in enumerate(buckets, 1)}
    expected = [share for amounts, q in buckets for share in one_by_one(amounts, q)]
    assert cumulative.shares(rows, "pool", rates).to_list() == expected


@pytest.mark.parametrize("amounts", [[1, -1, 1], [10**16] * 1000, [10**22, -(10**22), 5, 10**22 + 1]])
@pytest.mark.parametrize("q", [Fraction(0), Fraction(1), Fraction(1, 3), Fraction(10**27 + 1, 3 * 10**27)])
def test_weighted_amounts_larger_than_a_whole_number_of_the_database(amounts: list[int], q: Fraction) -> None:
    """Bases in millionths of a fen, their shares in fen."""
    q /= 10**6
    rows = pl.DataFrame(
        {"bucket": [1] * len(amounts), "basis": amounts}, schema={"bucket": pl.Int32, "basis": pl.Int128}
    )
    assert cumulative.shares(rows, "basis", {1: rate(amounts, q)}).to_list() == one_by_one(amounts, q)


def test_what_cannot_overflow_is_known_beforehand() -> None:
    assert Rate(1, 3, 10**16).safe
    assert not Rate(35, 100, 10**18).safe
    assert not Rate(0, 1, 10**19).safe, "the running sum itself is too large"
    assert not Rate(10**18, 10**19, 0).safe
