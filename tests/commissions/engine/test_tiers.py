"""Tiers (docs/money.md §4.4)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.commissions.engine.tiers import Step, TierError, Tiers, step_at, tier_parts, tier_rate

STEPS = (
    Step(10_000_000, Fraction("0.30")),
    Step(30_000_000, Fraction("0.35")),
    Step(None, Fraction("0.40")),
)
SLAB = Tiers("net_gmv", "slab", STEPS)
MARGINAL = Tiers("net_gmv", "marginal", STEPS)
METRICS = st.fractions(min_value=Fraction(1, 1000), max_value=10**9, max_denominator=1000)


@st.composite
def ladders(draw, mode):
    bounds = sorted(draw(st.sets(st.integers(1, 10**8), max_size=4)))
    rates = sorted(draw(st.lists(st.fractions(0, 1, max_denominator=10**6), min_size=5, max_size=5)))
    steps = [Step(up_to, rate) for up_to, rate in zip([*bounds, None], rates, strict=False)]
    return Tiers("net_gmv", mode, tuple(steps))


@pytest.mark.parametrize(
    ("metric", "slab", "marginal"),
    [
        (5_000_000, "0.30", Fraction("0.30")),
        (10_000_000, "0.30", Fraction("0.30")),
        (10_000_001, "0.35", Fraction(10_000_000 * 30 + 1 * 35, 100 * 10_000_001)),
        (30_000_000, "0.35", Fraction(1, 3)),
        (30_000_001, "0.40", Fraction(10_000_000 * 30 + 20_000_000 * 35 + 40, 100 * 30_000_001)),
        (50_000_000, "0.40", Fraction("0.36")),
        (100_000_000, "0.40", Fraction("0.38")),
        (0, "0.30", Fraction("0.30")),
        (-1, "0.30", Fraction("0.30")),
    ],
)
def test_rates_at_the_bounds(metric, slab, marginal):
    assert tier_rate(SLAB, Fraction(metric)) == Fraction(slab)
    assert tier_rate(MARGINAL, Fraction(metric)) == marginal


def test_a_fraction_of_a_fen_above_a_bound_is_above_it():
    assert tier_rate(SLAB, 10_000_000 + Fraction(1, 10**6)) == Fraction("0.35")


@given(ladders("marginal"), METRICS)
def test_marginal_parts_add_up_to_the_metric(tiers, metric):
    parts = list(tier_parts(tiers, metric))
    assert sum(part.part for part in parts) == metric
    assert all(part.part > 0 for part in parts)
    assert parts[-1].step == step_at(tiers, metric)


@given(ladders("marginal"), METRICS, METRICS)
def test_more_metric_never_pays_less(tiers, one, other):
    """On rising rates the amount rises with the metric, in both modes."""
    low, high = sorted([one, other])
    slab = Tiers("net_gmv", "slab", tiers.steps)
    for ladder in (tiers, slab):
        assert low * tier_rate(ladder, low) <= high * tier_rate(ladder, high)
    assert tier_rate(tiers, low) <= tier_rate(slab, low)


@pytest.mark.parametrize(
    ("steps", "code", "number"),
    [
        ((), "no_steps", 1),
        ((Step(None, Fraction(0)), Step(None, Fraction(0))), "bound_missing", 1),
        ((Step(5, Fraction(0)),), "last_step_bounded", 1),
        ((Step(5, Fraction(0)), Step(5, Fraction(0)), Step(None, Fraction(0))), "bound_not_rising", 2),
        ((Step(9, Fraction(0)), Step(5, Fraction(0)), Step(None, Fraction(0))), "bound_not_rising", 2),
        ((Step(0, Fraction(0)), Step(None, Fraction(0))), "bound_not_rising", 1),
        ((Step(5, Fraction(0)), Step(None, Fraction(2))), "rate_out_of_range", 2),
    ],
)
def test_refuses_what_is_no_ladder(steps, code, number):
    with pytest.raises(TierError) as refused:
        Tiers("net_gmv", "slab", steps)
    assert (refused.value.code, refused.value.step) == (code, number)
