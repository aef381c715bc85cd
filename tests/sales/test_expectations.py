"""What is open is expected by how long settlements took (docs/money.md §1.2)."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.periods import Period
from mcn.sales.expectations import Expected, days_until, expect, learnt, outlooks
from mcn.sales.models import DailySales, SettlementLag
from tests.agencies import World

MONDAY = date(2026, 7, 6)


def test_what_is_open_is_spread_by_the_days_that_are_left() -> None:
    # Paid on the Friday before; as of the Monday three days are over, so the lag of 2 is out: 10 : 30 : 60 are left.
    lags = {2: 500, 4: 10, 10: 30, 17: 60}
    assert expect({MONDAY - timedelta(days=3): 1000}, lags, MONDAY) == Expected(
        {MONDAY: 100, MONDAY + timedelta(days=7): 300, MONDAY + timedelta(days=14): 600}
    )


def test_days_of_several_ages_share_their_weeks_and_nothing_is_lost_by_rounding() -> None:
    open_fen = {MONDAY: 100, MONDAY - timedelta(days=1): 100}
    found = expect(open_fen, {7: 1, 14: 1, 21: 1}, MONDAY)
    # 33⅓ and 33⅓ of Monday in the weeks of the 13th, 20th and 27th; of Sunday in those of the 6th, 13th, 20th.
    weeks = {date(2026, 7, 6): 33, date(2026, 7, 13): 67, date(2026, 7, 20): 67, date(2026, 7, 27): 33}
    assert found == Expected(weeks)


def test_what_is_older_than_any_settlement_is_overdue() -> None:
    open_fen = {MONDAY - timedelta(days=7): 300, MONDAY - timedelta(days=6): 200}
    assert expect(open_fen, {7: 5}, MONDAY) == Expected({MONDAY: 200}, 300)


@given(
    open_fen=st.dictionaries(st.integers(0, 60), st.integers(-(10**6), 10**9), max_size=8),
    lags=st.dictionaries(st.integers(0, 90), st.integers(1, 10**5), max_size=8),
)
def test_weeks_and_overdue_add_up_to_what_is_open(open_fen: dict[int, int], lags: dict[int, int]) -> None:
    found = expect({MONDAY - timedelta(days=age): fen for age, fen in open_fen.items()}, lags, MONDAY)
    assert sum(found.weeks.values()) + found.overdue_fen == sum(open_fen.values())
    assert all(week.weekday() == 0 and week + timedelta(days=6) > MONDAY for week in found.weeks)


def test_within_how_many_days_a_part_was_settled() -> None:
    assert days_until({10: 5, 20: 4, 30: 1}, Fraction(1, 2)) == 10
    assert days_until({10: 5, 20: 4, 30: 1}, Fraction(9, 10)) == 20
    assert days_until({10: 5, 20: 4, 30: 1}, Fraction(1)) == 30
    with pytest.raises(ValueError, match="no line"):
        days_until({}, Fraction(1, 2))


@pytest.mark.django_db(transaction=True)
def test_too_little_history_is_said_and_only_the_last_three_months_count(xinghe: World) -> None:
    with xinghe.open():
        DailySales.objects.create(
            day=MONDAY, platform="douyin", account_key="1", lines=2, invalid_lines=0, gmv_fen=1,
            estimated_gross_fen=900, settled_base_fen=0, settled_pool_fen=0, open_lines=1, open_estimate_fen=900,
        )  # fmt: skip
        for month, days, lines in (("2026-04", 3, 999), ("2026-05", 7, 50), ("2026-07", 7, 49), ("2026-08", 3, 999)):
            SettlementLag.objects.create(platform="douyin", settled_month=month, days=days, lines=lines)
        SettlementLag.objects.create(platform="jd", settled_month="2026-07", days=1, lines=999)
        assert learnt("douyin", MONDAY) == {7: 99}
        (found,) = outlooks(Period(2026, 7))
        assert (found.open_fen, found.learnt_lines, found.expected, found.half_days) == (900, 99, None, None)
        SettlementLag.objects.create(platform="douyin", settled_month="2026-06", days=14, lines=1)
        (found,) = outlooks(Period(2026, 7))
        assert (found.as_of, found.half_days, found.most_days) == (MONDAY, 7, 7)
        assert found.expected == Expected({MONDAY + timedelta(days=7): 891, MONDAY + timedelta(days=14): 9})
        assert outlooks(Period(2026, 6)) == []
