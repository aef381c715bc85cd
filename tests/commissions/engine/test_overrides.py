"""Overrides (docs/money.md §4.6) and the limit on what a version may pay out."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from mcn.commissions.engine.inputs import EntryMatch, Override, Rule
from mcn.commissions.engine.limits import excesses
from mcn.commissions.engine.tiers import Step, Tiers
from tests.commissions.engine.month import FIRST, SECOND, entry, event, month, shares, totals

TALENT = Override(9, 1, "G01", "agency_share", Fraction("0.1"))
RULE = Rule(1, 1, "commission", rate=Fraction("0.4"))


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


@pytest.mark.parametrize(
    ("override", "taken"),
    [
        (replace(TALENT, basis="pool", rate=Fraction("0.6")), None),
        (replace(TALENT, basis="pool", rate=Fraction("0.600001")), Fraction("1.000001")),
        (replace(TALENT, basis="agency_share", rate=Fraction(1)), None),
        (replace(TALENT, basis="anchor_share", rate=Fraction(1)), None),
        (replace(TALENT, basis="anchor_share", rate=Fraction(1), borne_by="anchor"), None),
        (replace(TALENT, basis="pool", rate=Fraction("0.4"), borne_by="anchor"), None),
        (replace(TALENT, basis="pool", rate=Fraction("0.41"), borne_by="anchor"), Fraction("0.41")),
    ],
)
def test_a_version_pays_no_more_than_the_pool(override, taken):
    found = excesses([RULE], [override])
    assert [excess.taken for excess in found] == ([] if taken is None else [taken])


def test_every_step_of_tiers_is_tried():
    steps = (Step(10, Fraction("0.3")), Step(None, Fraction("0.7")))
    rule = Rule(1, 1, "commission", tiers=Tiers("orders", "slab", steps))
    (found,) = excesses([rule], [replace(TALENT, basis="pool", rate=Fraction("0.4"))])
    assert (found.rate, found.taken, found.bearer) == (Fraction("0.7"), Fraction("1.1"), "agency")


def test_windows_that_do_not_meet_are_not_added_up():
    first = replace(TALENT, basis="pool", rate=Fraction("0.5"), until_on=date(2026, 7, 1))
    second = replace(first, id=10, from_on=date(2026, 7, 1), until_on=None)
    assert excesses([RULE], [first, second]) == []
    overlapping = replace(second, from_on=date(2026, 6, 30))
    (found,) = excesses([RULE], [first, overlapping])
    assert (found.taken, found.on) == (Fraction("1.4"), date(2026, 6, 30))


def test_other_income_is_not_limited_by_overrides():
    slot = Rule(2, 1, "slot_fee", rate=Fraction(1))
    assert excesses([slot], [replace(TALENT, basis="pool", rate=Fraction(1))]) == []
