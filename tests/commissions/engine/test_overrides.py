"""Overrides (docs/money.md §4.6)."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from mcn.commissions.engine.inputs import EntryMatch, Override
from tests.commissions.engine.month import FIRST, SECOND, entry, event, month, shares, totals

TALENT = Override(9, 1, "G01", "agency_share", Fraction("0.1"))


@pytest.mark.parametrize(("basis", "share"), [("agency_share", 65), ("anchor_share", 35), ("pool", 100)])
def test_bases(basis, share):
    result = month(event(1, "settled", 1000), overrides=(replace(TALENT, basis=basis),))
    assert shares(result) == [350]
    assert shares(result, "G01") == [share]
    assert [left.share for left in result.agency] == [650 - share]


@pytest.mark.parametrize(("basis", "share"), [("agency_share", 39), ("anchor_share", 21), ("pool", 60)])
def test_bases_are_the_hosts_part(basis, share):
    """Override of the first host's contract only: 600 of 1,000, of which the host gets 210."""
    result = month(event(1, "settled", 1000), hosts=(FIRST, SECOND), overrides=(replace(TALENT, basis=basis),))
    assert shares(result, "G01") == [share]


def test_rounds_in_a_bucket_of_its_own():
    """Agency parts 1, 0, 1 at 10 %, and 5 more: the fifth unit of base brings the fen."""
    events = [event(n, "settled", 1, line=n) for n in range(1, 11)]
    result = month(*events, overrides=(TALENT,))
    bases = [line.basis for line in result.lines if line.payee == "G01"]
    assert sum(bases) == 10 - sum(shares(result))
    assert sum(shares(result, "G01")) == 1
    assert shares(result, "G01").index(1) == next(n for n in range(10) if sum(bases[: n + 1]) >= 5)


def test_base_of_entries_is_not_counted():
    costs = ((entry(1, "commission_cost", -900), EntryMatch(1, 1, 1)),)
    assert shares(month(event(1, "settled", 1000), entries=costs, overrides=(TALENT,)), "G01") == [65]


@pytest.mark.parametrize(
    ("paid_on", "covered"),
    [
        (date(2026, 5, 31), False),
        (date(2026, 6, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
        (None, False),
    ],
)
def test_window_is_by_payment_and_half_open(paid_on, covered):
    override = replace(TALENT, from_on=date(2026, 6, 1), until_on=date(2026, 7, 1))
    result = month(event(1, "settled", 1000, paid_on=paid_on), overrides=(override,))
    assert shares(result, "G01") == ([65] if covered else [])


def test_borne_by_the_anchor_it_comes_out_of_the_anchors_share():
    override = replace(TALENT, basis="anchor_share", borne_by="anchor")
    agency_borne = replace(TALENT, id=10, payee="G02", basis="anchor_share")
    result = month(event(1, "settled", 1000), event(2, "clawback", -1000), overrides=(override, agency_borne))
    assert shares(result) == [315, -315]
    assert shares(result, "G01") == [35, -35]
    assert shares(result, "G02") == [35, -35]
    assert [left.share for left in result.agency] == [615, -615]


def test_an_anchor_may_be_the_payee_of_an_override():
    result = month(event(1, "settled", 1000), overrides=(replace(TALENT, payee="A02"),))
    assert totals(result, "A02").override_share == 65
    assert (totals(result, "A02").lines, totals(result, "A02").pool) == (0, 0)
