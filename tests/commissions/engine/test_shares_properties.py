"""What must hold for the shares of every agency: sums to the fen, order that does not matter, refunds to
zero.
"""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.commissions.engine.codec import from_json, to_json
from mcn.commissions.engine.explain import Explainer
from mcn.commissions.engine.inputs import Event, LineHistory, PeriodInputs
from mcn.commissions.engine.matching import Matcher
from mcn.commissions.engine.prepare import prepare
from mcn.commissions.engine.results import PeriodResult
from mcn.commissions.engine.shares import calculate
from mcn.core.money import R
from mcn.core.periods import Period
from tests.worlds import World, make_world, run_world, worlds

MANY = settings(max_examples=60, deadline=None)


@given(worlds())
@MANY
def test_shares_and_agency_make_up_every_pool(world: World):
    for month in run_world(world):
        events = {event.id: event.pool for event in month.inputs.events}
        entries = {entry.id: entry.amount for entry in month.inputs.entries if entry.income != "penalty"}
        for match in month.result.unmatched:
            del events[match.event_id]
        for left_out in month.result.unmatched_entries:
            del entries[left_out.entry_id]
        shares: dict[tuple[str, int], int] = defaultdict(int)
        for line in month.result.lines:
            shares[line.source, line.source_id] += line.share
        agency = {(left.source, left.source_id): left for left in month.result.agency}
        assert agency.keys() == {("event", n) for n in events} | {("entry", n) for n in entries}
        for (source, number), left in agency.items():
            assert left.pool == (events if source == "event" else entries)[number]
            assert left.share + shares[source, number] == left.pool


@given(worlds())
@MANY
def test_lines_of_a_bucket_add_up_to_the_rate_on_its_total(world: World):
    for month in run_world(world):
        pools: dict[tuple[int, Fraction], int] = defaultdict(int)
        shares: dict[tuple[int, Fraction], int] = defaultdict(int)
        bases: dict[int, Fraction] = defaultdict(Fraction)
        overrides: dict[int, int] = defaultdict(int)
        rates = {rate.rule_id: rate.rate for rate in month.result.rates}
        for line in month.result.lines:
            if line.method != "bucket":
                continue
            if line.role == "override":
                bases[line.rule_id] += line.basis
                overrides[line.rule_id] += line.share
            else:
                pools[line.rule_id, line.weight] += line.pool
                shares[line.rule_id, line.weight] += line.share + line.borne
        for rule_id, weight in pools:
            assert shares[rule_id, weight] == R(pools[rule_id, weight] * rates[rule_id] * weight)
        for override in month.inputs.overrides:
            assert overrides[override.id] == R(bases[override.id] * override.rate)


@given(worlds())
@MANY
def test_totals_are_the_sums_of_the_lines(world: World):
    for month in run_world(world):
        sums = month.result.sums()
        for totals in month.result.totals:
            for column in ("commission_share", "clawback_share", "override_share", "slot_fee_share", "bonus"):
                assert getattr(totals, column) == sums.pop((totals.payee, column), 0)
            shares = [line.share for line in month.result.lines if line.payee == totals.payee]
            assert totals.earned == sum(shares)
        assert all(column in ("tips_share", "ads_share") for _, column in sums)


@given(worlds(), st.randoms(use_true_random=False))
@MANY
def test_the_order_of_the_inputs_means_nothing(world: World, rng: random.Random):
    for month in run_world(world):
        shuffled = {}
        for name in PeriodInputs.__slots__:
            value = getattr(month.inputs, name)
            if isinstance(value, tuple):
                shuffled[name] = tuple(rng.sample(value, len(value)))
        assert calculate(replace(month.inputs, **shuffled)) == month.result


@given(worlds())
@MANY
def test_frozen_inputs_give_the_same_result(world: World):
    for month in run_world(world):
        again = from_json(PeriodInputs, to_json(month.inputs))
        assert again == month.inputs
        assert calculate(again) == month.result


@given(worlds())
@MANY
def test_a_full_refund_of_every_line_brings_every_payee_back_to_zero(world: World):
    """In the months after, each line gives back what is left of its pool; nothing may stay with anybody."""
    world = without_windows(world)
    refunds = settled_lines(world)
    result = refund(world, refunds)
    for line in result.history:
        assert line.pool == 0
        assert [paid for paid in line.paid if paid.share] == []
    assert sum(left.share for left in result.agency) + sum(line.share for line in result.lines) == -sum(
        line.pool for line in refunds
    )


@given(worlds(), st.integers(1, 5))
@MANY
def test_a_refund_in_parts_takes_back_what_one_refund_takes_back(world: World, parts: int):
    world = without_windows(world)
    refunds = settled_lines(world)
    whole, pieces = refund(world, refunds), refund(world, refunds, parts)
    assert pieces.history == whole.history
    assert pieces.sums() == whole.sums()


@given(worlds())
@MANY
def test_nothing_before_the_first_period_is_paid_or_counted(world: World):
    history = {event.id for event in world.events if event.id not in world.event_period}
    for month in run_world(world):
        settled = {line.source_id for line in month.result.lines if line.source == "event"}
        assert not settled & history
        assert all(line.first_settled_on is None or line.settled_here for line in month.result.history)


@given(worlds())
@MANY
def test_every_share_can_be_explained(world: World):
    for month in run_world(world):
        explainer = Explainer(month.inputs, month.result)
        for line in month.result.lines:
            steps = explainer.explain(line)
            values = {step.code: step.values for step in steps}
            assert steps[-1].values == {"share": line.share}
            if line.method == "bucket":
                bucket = values["bucket"]
                assert bucket["rounded_after"] - bucket["rounded_before"] - line.borne == line.share
            elif line.method == "proportion":
                proportion = values["proportion"]
                assert proportion["paid_after"] - proportion["paid_before"] == line.share
            elif line.method == "rate":
                assert R(values["unsettled"]["change"] * values["unsettled"]["q"]) == line.share
            elif line.method == "outside_window":
                assert values["outside_window"]["days"] > values["outside_window"]["window"]
                assert line.share == 0
            if line.role == "anchor" and "tier_part" in values:
                parts = [step.values for step in steps if step.code == "tier_part"]
                assert sum(part["part"] for part in parts) == values["tier"]["value"]
                whole = values["tier"]["value"] * values["tier"]["rate"]
                assert sum(part["amount"] for part in parts) == whole


def test_worlds_reach_every_kind_of_share():
    """The properties above are worth what the worlds contain."""
    seen = set()
    reasons = set()
    for seed in range(60):
        for month in run_world(make_world(seed)):
            seen |= {(line.method, line.role) for line in month.result.lines}
            reasons |= {match.reason for match in month.result.unmatched}
    assert seen == {
        ("bucket", "anchor"),
        ("bucket", "override"),
        ("proportion", "anchor"),
        ("proportion", "override"),
        ("outside_window", "anchor"),
        ("outside_window", "override"),
        ("rate", "anchor"),
        ("whole", "anchor"),
    }
    assert reasons == {
        "unknown_account",
        "no_anchor_on_line",
        "no_contract",
        "no_split_rule",
        "two_sessions",
        "unknown_sku",
    }


def without_windows(world: World) -> World:
    versions = tuple(replace(version, clawback_window_days=None) for version in world.roster.versions)
    return replace(world, roster=replace(world.roster, versions=versions))


def refund(world: World, lines: list[LineHistory], parts: int = 1) -> PeriodResult:
    """A later month in which each line loses all of its pool, in one event or in several."""
    period = Period(2026, 9)
    events = []
    for line in lines:
        cuts = sorted({line.pool * part // parts for part in range(1, parts + 1)} - {0})
        for number, (before, after) in enumerate(zip([0, *cuts], cuts, strict=False)):
            day = period.start + timedelta(days=number)
            events.append(
                Event(
                    id=line.line_id * 10 + number,
                    line_id=line.line_id,
                    platform="douyin",
                    order_key=str(line.line_id),
                    line_key="",
                    kind="clawback",
                    occurred_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                    occurred_on=day,
                    own_period=period,
                    paid_on=None,
                    settled_on=None,
                    base=0,
                    gross=before - after,
                    fee=0,
                )
            )
    history = {line.line_id: line for line in lines}
    return calculate(prepare(period, Matcher(world.roster), world.lines, events, [], history))


def settled_lines(world: World) -> list[LineHistory]:
    """The lines of a world that still have a pool after its last month."""
    history = {line.line_id: line for month in run_world(world) for line in month.result.history}
    return [line for line in history.values() if line.settled_here and line.pool > 0]


@given(worlds())
@MANY
def test_nobody_is_given_more_than_the_pool(world: World):
    """Over a bucket's events, all shares together stay within their pools, but for the fen of rounding."""
    for month in run_world(world):
        pools = sum(event.pool for event in month.inputs.events if event.kind != "clawback")
        lines = [line for line in month.result.lines if line.source == "event" and line.method == "bucket"]
        assert sum(line.share for line in lines) <= pools + len(
            {(line.role, line.rule_id, line.weight) for line in lines}
        )
