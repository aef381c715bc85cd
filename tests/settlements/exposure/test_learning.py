"""What is still expected of a month, by what earlier months lost (docs/money.md §1.3), worked out by hand."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mcn.core.money import R
from mcn.core.periods import Period
from mcn.settlements.exposure.learning import History, Money, cumulative, foresee, months_between, part

APRIL, MAY, JUNE, JULY = (Period(2026, month) for month in (4, 5, 6, 7))


def money(pool: int, share: int) -> Money:
    return Money(Fraction(pool), Fraction(share))


def two_months(*, cream: int = 100, lines: int = 100) -> History:
    """April settled 1,000.00, in April 100.00 were lost, then 45.00 in May and 9.00 in June; May settled 500.00, lost
    50.00 at once and 9.00 in June. Half of everything is shared. All of it is cream, or unknown goods."""
    history = History(JUNE)
    history.settled[APRIL] = {"cream": money(60000, 30000), "": money(40000, 20000)}
    history.lines[APRIL] = {"cream": cream, "": lines}
    history.clawed[APRIL, 0] = {"cream": money(10000, 5000)}
    history.clawed[APRIL, 1] = {"cream": money(4500, 2250)}
    history.clawed[APRIL, 2] = {"": money(900, 450)}
    history.settled[MAY] = {"cream": money(50000, 25000)}
    history.lines[MAY] = {"cream": cream}
    history.clawed[MAY, 0] = {"": money(5000, 2500)}
    history.clawed[MAY, 1] = {"cream": money(900, 450)}
    return history


def test_a_month_loses_what_earlier_months_lost_of_what_still_stood() -> None:
    standing = {(1, "cream"): money(30000, 15000), (2, ""): money(10001, 5001)}
    found = foresee(two_months(), JUNE, standing)
    # One month later both months tell. Cream: (4,500 + 900) of (60,000 − 10,000) + 50,000. Goods without a category,
    # of which April's 100 lines tell: 0 of 40,000 − 5,000. All goods: 5,400 of (100,000 − 10,000) + (50,000 − 5,000).
    # Two months later April alone: cream 0 of 50,000, no category 900 of 40,000, all goods 900 of 90,000.
    assert found.learnt[1].rate == Money(Fraction(5400, 135000), Fraction(2700, 67500))
    assert (found.learnt[1].months, found.learnt[1].lines) == ((APRIL, MAY), 300)
    assert found.learnt[2].rate == Money(Fraction(1, 100), Fraction(1, 100))
    assert sorted(found.learnt) == [1, 2]  # nobody knows what comes three months later
    assert found.expected == {
        (1, "cream", 1): Money(Fraction(30000 * 54, 1000), Fraction(15000 * 54, 1000)),
        (2, "", 1): money(0, 0),
        (1, "cream", 2): money(0, 0),
        (2, "", 2): Money(Fraction(10001 * 9, 400), Fraction(5001 * 9, 400)),
    }
    assert found.own == {("cream", 1), ("cream", 2), ("", 1), ("", 2)}


def test_a_category_with_few_lines_takes_the_part_of_all_goods() -> None:
    found = foresee(two_months(cream=30, lines=99), JUNE, {(1, "cream"): money(30000, 15000)})
    assert found.learnt[1].lines == 159
    assert found.expected == {
        (1, "cream", 1): money(1200, 600),  # 4 %
        (1, "cream", 2): money(300, 150),  # 1 %
    }
    assert found.own == frozenset()


def test_where_too_few_lines_tell_nothing_is_made_up() -> None:
    found = foresee(two_months(cream=30, lines=39), JUNE, {(1, "cream"): money(30000, 15000)})
    assert (found.learnt, found.expected) == ({}, {})


def test_the_first_month_and_ages_that_are_not_over_tell_nothing() -> None:
    history = two_months()
    assert foresee(history, APRIL, {(1, "cream"): money(1, 1)}).learnt == {}
    # May is one month old: only April is old enough, and only for two months. All goods: 900 of what stood, 85,500.
    found = foresee(history, MAY, {(1, "cream"): money(85500, 42750)})
    assert {age: one.rate for age, one in found.learnt.items()} == {
        2: Money(Fraction(900, 85500), Fraction(450, 42750))
    }
    assert part(history, JULY, 0, since=0, category=None).rate.pool == Fraction(15000, 150000)  # type: ignore[union-attr]


def test_what_is_taken_back_already_is_not_expected_again() -> None:
    found = foresee(two_months(), JUNE, {(1, "cream"): money(-5, 0)})
    assert set(found.expected.values()) == {money(0, 0)}


def test_only_the_newest_twelve_months_tell_and_nothing_later_than_a_year() -> None:
    history = History(Period(2027, 12))
    for year, month in [(2026, m) for m in range(1, 13)] + [(2027, m) for m in range(1, 13)]:
        history.settled[Period(year, month)] = {"": money(1000, 500)}
        history.lines[Period(year, month)] = {"": 100}
    found = foresee(history, Period(2027, 12), {(1, ""): money(1, 1)})
    assert sorted(found.learnt) == list(range(1, 13))
    assert found.learnt[1].months == tuple([Period(2026, 12)] + [Period(2027, m) for m in range(1, 12)])
    assert found.learnt[12].months == tuple(Period(2026, m) for m in range(1, 13))


def test_months_between() -> None:
    assert [months_between(Period(2026, 11), later) for later in (Period(2026, 11), Period(2027, 2))] == [0, 3]


@given(st.lists(st.fractions(-(10**6), 10**9, max_denominator=10**6), max_size=20))
def test_rows_add_up_to_the_total(amounts: list[Fraction]) -> None:
    rows = cumulative(amounts)
    assert sum(rows) == R(sum(amounts, Fraction(0)))
    assert all(abs(row - amount) <= 1 for row, amount in zip(rows, amounts, strict=True))
