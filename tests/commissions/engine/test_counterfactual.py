"""What another rate would give, to the fen."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.commissions.engine.counterfactual import InBucket, at_rate, rate_for
from mcn.core.money import R

F = Fraction
POOLS = st.lists(st.integers(0, 10**9), min_size=1, max_size=8)
RATES = st.fractions(0, 1, max_denominator=10**6)


@pytest.mark.parametrize(
    ("place", "rate", "share", "bucket"),
    [
        # pools 1.01, 0.99, 4.00: the second stands between 1.01 and 2.00
        (InBucket(F(101), F(200), F(600)), F("0.35"), 35, 210),  # R(70) − R(35.35)
        (InBucket(F(101), F(200), F(600)), F("0.25"), 25, 150),  # R(50) − R(25.25)
        (InBucket(F(101), F(200), F(600)), F("0.255"), 25, 153),  # R(51) − R(25.755)
        (InBucket(F(101), F(200), F(600), weight=F("0.5")), F("0.25"), 12, 75),  # R(25) − R(12.625)
        (InBucket(F(101), F(200), F(600), borne=7), F("0.25"), 18, 150),  # overrides stay as they were
        (InBucket(F(101), F(200), F(600)), F(0), 0, 0),
        (InBucket(F(0), F(1), F(1)), F("0.5"), 1, 1),  # half a fen away from zero
        (InBucket(F(0), F(-1), F(-1)), F("0.5"), -1, -1),
    ],
)
def test_figures(place: InBucket, rate: Fraction, share: int, bucket: int) -> None:
    found = at_rate(place, rate)
    assert (found.rate, found.share, found.bucket) == (rate, share, bucket)


@given(POOLS, RATES)
def test_the_shares_of_a_bucket_add_up_to_the_bucket_at_any_rate(pools: list[int], rate: Fraction) -> None:
    total, so_far, shares = F(sum(pools)), F(0), 0
    for pool in pools:
        found = at_rate(InBucket(so_far, so_far + pool, total), rate)
        shares += found.share
        so_far += pool
        assert found.bucket == R(total * rate)
    assert shares == R(total * rate)


@given(POOLS, st.integers(0, 10**9), st.integers(0, 100))
def test_the_wished_amount_comes_out_at_the_rate_for_it(pools: list[int], wished: int, borne: int) -> None:
    total = F(sum(pools))
    place = InBucket(total - pools[-1], total, total, borne=borne)
    rate = rate_for(place, wished)
    if pools[-1] == 0:
        assert rate is None
    else:
        assert rate == F(wished + borne, pools[-1])
        assert at_rate(place, rate).share == wished


def test_a_wish_above_all_asks_for_more_than_everything() -> None:
    assert rate_for(InBucket(F(0), F(100), F(100)), 150) == F("1.5")
