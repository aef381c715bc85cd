"""Buckets, shared costs, other income and totals (docs/money.md §4.2, §4.3, §4.7, §5.1)."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from mcn.commissions.engine.inputs import EntryMatch, Match, Rule
from mcn.commissions.engine.results import AgencyShare
from mcn.commissions.engine.tiers import Step, Tiers
from tests.commissions.engine.month import (
    FIRST,
    HOST,
    OTHER_RULE,
    RULE,
    SECOND,
    entry,
    event,
    methods,
    month,
    shares,
    totals,
)


def test_lines_add_up_to_the_rate_on_the_total():
    """Three lines of 1 fen at 35 %: each alone would round to 0; together they are 1.05."""
    result = month(*(event(n, "settled", 1, line=n) for n in (1, 2, 3)))
    assert shares(result) == [0, 1, 0]
    assert sum(shares(result)) == 1


def test_the_order_is_time_then_platform_order_line_and_event():
    same = datetime(2026, 7, 1, tzinfo=UTC)
    events = [
        replace(event(9, "settled", 1, line=1), occurred_at=same, platform="douyin", order_key="b"),
        replace(event(8, "settled", 1, line=2), occurred_at=same, platform="kuaishou", order_key="a"),
        replace(event(7, "settled", 1, line=3), occurred_at=same, platform="douyin", order_key="a", line_key="2"),
        replace(event(6, "settled", 1, line=4), occurred_at=same, platform="douyin", order_key="a", line_key="10"),
        replace(event(5, "supplement", 1, line=3), occurred_at=same, platform="douyin", order_key="a", line_key="2"),
    ]
    assert [line.source_id for line in month(*events).lines] == [6, 5, 7, 9, 8]


def test_texts_compare_by_code_point():
    same = datetime(2026, 7, 1, tzinfo=UTC)
    keys = ["中", "a", "Z", "_", "é"]
    events = [replace(event(n, "settled", 1, line=n), occurred_at=same, order_key=k) for n, k in enumerate(keys, 1)]
    order = [keys[line.source_id - 1] for line in month(*events).lines]
    assert order == ["Z", "_", "a", "é", "中"]


def test_rules_and_weights_are_buckets_of_their_own():
    rule = replace(RULE, id=3)
    events = [event(n, "settled", 1, line=n) for n in range(1, 7)]
    half = replace(HOST, weight=Fraction("0.5"))
    hosts = [HOST, half, replace(HOST, rule_id=3)] * 2
    result = month(
        *events,
        matches=tuple(Match(e.id, (host,)) for e, host in zip(events, hosts, strict=True)),
        rules=(RULE, OTHER_RULE, rule),
    )
    assert shares(result) == [0, 0, 0, 1, 0, 1]


def test_weights_that_leave_a_rest_leave_it_to_the_agency():
    hosts = (replace(FIRST, weight=Fraction(1, 3)), replace(SECOND, weight=Fraction(1, 3)))
    result = month(event(1, "settled", 100, base=1000), hosts=hosts)
    assert shares(result) == [12]
    assert shares(result, "A02") == [17]
    assert result.agency == (AgencyShare("event", 1, 100, 71),)
    assert totals(result).net_gmv == 333
    assert totals(result, "A02").pool == 33


def test_hosts_are_taken_in_their_positions():
    result = month(event(1, "settled", 100), hosts=(SECOND, FIRST))
    assert [line.payee for line in result.lines] == ["A01", "A02"]


def test_shared_costs_stand_last_and_may_turn_the_bucket_negative():
    costs = [(entry(1, "commission_cost", -1000, day=1), EntryMatch(1, 1, 1))]
    result = month(event(1, "settled", 333, day=20), entries=tuple(costs))
    assert shares(result) == [117, -233 - 117]
    assert totals(result).commission_share == -233
    assert totals(result).pool == 333
    assert [left.share for left in result.agency] == [216, -1000 + 350]


def test_costs_count_in_no_metric():
    tiers = Tiers("net_commission", "slab", (Step(500, Fraction("0.1")), Step(None, Fraction("0.2"))))
    rule = Rule(1, 1, "commission", tiers=tiers)
    costs = ((entry(1, "commission_cost", -900), EntryMatch(1, 1, 1)),)
    result = month(event(1, "settled", 1000), entries=costs, rules=(rule, OTHER_RULE))
    assert result.rates[0].metric == 1000
    assert shares(result) == [200, -180]


def test_each_income_line_lands_in_its_column():
    rules = (
        RULE,
        OTHER_RULE,
        Rule(3, 1, "slot_fee", rate=Fraction("0.2")),
        Rule(4, 1, "tips", rate=Fraction("0.5")),
        Rule(5, 1, "ads", rate=Fraction("0.333333")),
    )
    entries = (
        (entry(1, "slot_fee", 100), EntryMatch(1, 1, 3)),
        (entry(2, "tips", 3), EntryMatch(2, 1, 4)),
        (entry(3, "tips", 3), EntryMatch(3, 1, 4)),
        (entry(4, "ads", 100), EntryMatch(4, 1, 5)),
        (entry(5, "bonus", 77), EntryMatch(5)),
        (entry(6, "penalty", 20), EntryMatch(6)),
    )
    found = totals(month(entries=entries, rules=rules))
    assert (found.slot_fee_share, found.tips_share, found.ads_share, found.bonus) == (20, 3, 33, 77)
    assert (found.penalties, found.earned, found.lines, found.pool) == (-20, 133, 0, 0)


def test_a_penalty_is_no_line():
    result = month(entries=((entry(1, "penalty", 20), EntryMatch(1)),))
    assert result.lines == ()
    assert result.agency == ()


def test_unmatched_events_and_entries_are_paid_to_nobody_and_counted_nowhere():
    tiers = Tiers("orders", "slab", (Step(1, Fraction("0.1")), Step(None, Fraction("0.9"))))
    rule = Rule(1, 1, "commission", tiers=tiers)
    missing = Match(2, (), "no_contract", "A09")
    result = month(
        event(1, "settled", 100, line=1),
        event(2, "settled", 100, line=2),
        matches=(Match(1, (HOST,)), missing),
        entries=((entry(1, "tips", 50), EntryMatch(1, reason="no_split_rule")),),
        rules=(rule, OTHER_RULE),
    )
    assert shares(result) == [10]
    assert result.unmatched == (missing,)
    assert [match.entry_id for match in result.unmatched_entries] == [1]
    assert totals(result).lines == 1


@pytest.mark.parametrize(
    ("metric", "value"), [("net_gmv", 10 * 150), ("net_commission", 150), ("orders", 2)], ids=lambda v: str(v)
)
def test_metrics_count_clawbacks_and_orders_once(metric, value):
    """Orders: two lines of one order and a line with only a clawback."""
    rule = Rule(1, 1, "commission", tiers=Tiers(metric, "slab", (Step(None, Fraction("0.1")),)))
    events = [
        replace(event(1, "settled", 100, line=1), order_key="X"),
        replace(event(2, "settled", 100, line=2), order_key="X"),
        event(3, "clawback", -50, line=3),
    ]
    result = month(*events, rules=(rule, OTHER_RULE))
    assert result.rates[0].metric == value


def test_metrics_are_weighted_and_exact_but_orders_are_not_weighted():
    hosts = (replace(HOST, weight=Fraction(1, 3)),)
    step = (Step(33, Fraction("0.1")), Step(None, Fraction("0.2")))
    by_pool = Rule(1, 1, "commission", tiers=Tiers("net_commission", "slab", step))
    result = month(event(1, "settled", 100), hosts=hosts, rules=(by_pool, OTHER_RULE))
    assert result.rates[0].metric == Fraction(100, 3)
    assert result.rates[0].rate == Fraction("0.2")
    by_orders = Rule(1, 1, "commission", tiers=Tiers("orders", "slab", step))
    assert month(event(1, "settled", 100), hosts=hosts, rules=(by_orders, OTHER_RULE)).rates[0].metric == 1


def test_a_metric_below_zero_takes_the_first_step():
    tiers = Tiers("net_gmv", "marginal", (Step(10, Fraction("0.1")), Step(None, Fraction("0.2"))))
    result = month(event(1, "clawback", -100), rules=(Rule(1, 1, "commission", tiers=tiers), OTHER_RULE))
    assert shares(result) == [-10]
    assert methods(result) == ["rate"]


def test_what_the_platform_paid_is_taken_from_the_holder_even_where_others_host():
    events = [event(1, "settled", 100, holder_change=40), event(2, "clawback", -50, holder_change=-15)]
    matches = tuple(Match(e.id, (SECOND,), holder_payee="A01") for e in events)
    result = month(*events, matches=matches)
    assert totals(result).paid_by_platform == -25
    assert totals(result).lines == 0
    assert totals(result, "A02").paid_by_platform == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"matches": ()}, "has no match"),
        ({"matches": (Match(1, ()),)}, "matched to nobody"),
        ({"matches": (Match(1, (replace(HOST, rule_id=77),)),)}, "unknown rule"),
        ({"matches": (Match(1, (replace(HOST, version_id=77),)),)}, "unknown rule or contract version"),
        ({"rules": (RULE, RULE)}, "id of rule is given twice"),
        ({"entries": ((entry(1, "bonus", 1), EntryMatch(1, 1, 1)),)}, "takes no rule"),
        ({"entries": ((entry(1, "tips", 1), EntryMatch(1, 1, 99)),)}, "unknown rule"),
        ({"entries": ((entry(1, "tips", 1), EntryMatch(2, 1, 1)),)}, "entry 1 has no match"),
    ],
)
def test_incomplete_inputs_are_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        month(event(1, "settled", 100), **changes)


@pytest.mark.parametrize(
    "terms", [{}, {"rate": Fraction(1), "tiers": Tiers("orders", "slab", (Step(None, Fraction(0)),))}]
)
def test_a_rule_has_a_rate_or_tiers(terms):
    with pytest.raises(ValueError, match="either a rate or tiers"):
        Rule(1, 1, "commission", **terms)
