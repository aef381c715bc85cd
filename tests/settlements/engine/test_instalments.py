"""Debts that come back in instalments: what a month takes (docs/money.md §5.7). Figures by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from mcn.core.periods import Period
from mcn.settlements.engine.inputs import Advance, Guarantee, Instalments, TaxPayer
from tests.settlements.engine.test_statement import settled

PLAN = Instalments("P1", 300_000, 50_000, Fraction("0.3"), Period(2026, 7))


@pytest.mark.parametrize(
    ("earned", "plan", "taken"),
    [
        (1_000_000, PLAN, 50_000),  # the instalment
        (100_000, PLAN, 30_000),  # 30 % of what was earned
        (100_005, PLAN, 30_002),  # R(30,001.5)
        (1_000_000, replace(PLAN, left=20_000), 20_000),  # all that is left
        (1_000_000, replace(PLAN, first_month=Period(2026, 8)), 0),
        (-100, PLAN, 0),
        (0, PLAN, 0),
    ],
)
def test_the_least_of_instalment_part_and_rest(earned: int, plan: Instalments, taken: int) -> None:
    found = settled(earned, instalments=(plan,))
    assert found.instalments == -taken
    assert found.taxable == found.net_pay == max(0, earned) - taken
    assert found.carried_forward == min(0, earned)


def test_it_takes_no_more_than_there_is() -> None:
    """1,000.00 earned, 950.00 brought forward: 50.00 are there, so 50.00 of 300.00 come back and nothing is carried."""
    found = settled(100_000, brought_forward=-95_000, instalments=(PLAN,))
    assert (found.instalments, found.taxable, found.carried_forward) == (-5_000, 0, 0)


def test_the_earliest_first_and_before_advances() -> None:
    """Of 400.00, the plan of June takes 300.00, that of July the rest; for the advance nothing is left."""
    june = replace(PLAN, code="P2", instalment=30_000, most_rate=Fraction(1), first_month=Period(2026, 6))
    advance = Advance("ADV", date(2026, 5, 1), 90_000, Fraction(1), taxed_when_paid=True)
    july = replace(PLAN, most_rate=Fraction(1))
    found = settled(40_000, instalments=(july, june), advances=(advance,))
    assert [(part.code, part.amount) for part in found.taken] == [("P2", 30_000), ("P1", 10_000)]
    assert (found.taxable, found.advance_recouped) == (0, 0)


def test_it_lowers_what_is_taxed() -> None:
    """Labour pay of 10,000.00 less 500.00: 9,500.00 × 80 % × 20 % = 1,520.00 of tax, 7,980.00 paid."""
    found = settled(1_000_000, instalments=(PLAN,), taxpayer=TaxPayer("labour", "A01"))
    assert (found.taxable, found.tax, found.net_pay) == (950_000, 152_000, 798_000)


def test_a_guarantee_is_tested_before_it() -> None:
    """Guaranteed 2,000.00, earned 1,000.00: 1,000.00 of top-up; the debt takes 30 % of what was earned."""
    guarantee = Guarantee(200_000, tested="after_recoup")
    found = settled(100_000, guarantee=guarantee, instalments=(PLAN,))
    assert (found.guarantee_top_up, found.instalments, found.net_pay) == (100_000, -30_000, 170_000)


def test_terms_that_make_no_sense() -> None:
    for wrong in ({"left": -1}, {"instalment": 0}, {"most_rate": Fraction(2)}):
        with pytest.raises(ValueError, match="instalments P1"):
            replace(PLAN, **wrong)  # type: ignore[arg-type]
