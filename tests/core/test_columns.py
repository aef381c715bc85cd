"""Whole columns are rounded as single amounts are."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from mcn.core import columns
from mcn.core.money import LARGEST_FEN, round_ratio


@given(
    amounts=st.lists(st.integers(-LARGEST_FEN, LARGEST_FEN), min_size=1),
    ratio=st.tuples(st.integers(0, 10**9), st.integers(1, 10**9)).filter(lambda ratio: ratio[0] <= ratio[1]),
)
def test_a_column_is_rounded_as_its_amounts_one_by_one(amounts: list[int], ratio: tuple[int, int]) -> None:
    found = pl.DataFrame({"amount": amounts}).select(columns.round_ratio(pl.col("amount"), *ratio)).to_series()
    assert found.to_list() == [round_ratio(amount, *ratio) for amount in amounts]


def test_what_is_unknown_stays_unknown() -> None:
    frame = pl.DataFrame({"amount": [5, None, 5], "n": [1, 1, None], "d": [2, 2, 2]})
    found = frame.select(columns.round_ratio(pl.col("amount"), pl.col("n"), pl.col("d"))).to_series()
    assert found.to_list() == [3, None, None]
