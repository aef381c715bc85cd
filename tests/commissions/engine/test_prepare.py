"""Complete inputs of a period from a roster, and their exact JSON (docs/money.md §3, §8)."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from mcn.commissions.engine.codec import CodecError, from_json, to_json
from mcn.commissions.engine.inputs import Event, Host, LineHistory, Rule
from mcn.commissions.engine.matching import Matcher, Roster
from mcn.commissions.engine.prepare import match_event, prepare
from mcn.core.periods import Period
from tests.commissions.engine.month import JULY, event
from tests.commissions.engine.test_matching import LINE, ROSTER
from tests.worlds import make_world, run_world

OLD = Host(0, "A02", "P2", 3, 3, Fraction(1))
BEFORE = LineHistory(1, 1000, True, date(2026, 6, 1), (OLD,), "L7", "P2", ())


def test_a_clawback_keeps_the_hosts_that_were_paid():
    matcher = Matcher(ROSTER)
    found = match_event(event(1, "clawback", -10), matcher, {1: LINE}, {1: BEFORE})
    assert (found.hosts, found.session, found.holder_payee) == ((OLD,), "L7", "P2")


def test_a_supplement_is_attributed_anew():
    found = match_event(event(1, "supplement", 10), Matcher(ROSTER), {1: LINE}, {1: BEFORE})
    assert [host.anchor for host in found.hosts] == ["A01"]


def test_a_clawback_on_a_line_of_history_is_attributed_anew():
    never = replace(BEFORE, settled_here=False)
    found = match_event(event(1, "clawback", -10), Matcher(ROSTER), {1: LINE}, {1: never})
    assert [host.anchor for host in found.hosts] == ["A01"]


def test_only_what_the_period_touches_is_kept():
    inputs = prepare(JULY, Matcher(ROSTER), {1: LINE}, [event(1, "settled", 10)], [], {1: BEFORE, 2: BEFORE})
    assert [version.id for version in inputs.versions] == [1]
    assert [rule.id for rule in inputs.rules] == [1, 4, 5, 6]
    assert inputs.history == (BEFORE,)


def test_the_json_is_text_and_whole_numbers_only():
    def leaves(data):
        if isinstance(data, dict):
            data = list(data.values())
        if isinstance(data, list):
            return {kind for item in data for kind in leaves(item)}
        return {type(data)}

    months = list(run_world(make_world(7)))
    found = set().union(*(leaves(to_json(month.inputs)) for month in months))
    assert found <= {int, str, bool, type(None)}
    for month in months:
        again = from_json(type(month.settlement), json.loads(json.dumps(to_json(month.settlement))))
        assert again == month.settlement


def test_rosters_survive_too():
    roster = make_world(3).roster
    assert from_json(Roster, json.loads(json.dumps(to_json(roster)))) == roster


def test_moments_are_written_in_utc():
    shanghai = timezone(timedelta(hours=8))
    moment = datetime(2026, 7, 1, 0, 0, 0, 1, tzinfo=shanghai)
    written = to_json(replace(event(1, "settled", 1), occurred_at=moment))
    assert written["occurred_at"] == "2026-06-30T16:00:00.000001+00:00"
    assert from_json(Event, written).occurred_at == moment


def test_fractions_are_exact():
    assert to_json(Fraction(1, 3)) == "1/3"
    assert to_json(Rule(1, 1, "tips", rate=Fraction("0.35")))["rate"] == "7/20"


@pytest.mark.parametrize("value", [0.1, object(), datetime(2026, 7, 1), {1}])  # noqa: DTZ001
def test_what_is_not_exact_is_not_written(value):
    with pytest.raises(TypeError):
        to_json(value)


@dataclass(frozen=True)
class Sample:
    number: int
    amount: Decimal
    month: Period
    pair: tuple[str, int]


GOOD = {"number": 1, "amount": "1.50", "month": "2026-07", "pair": ["a", 1]}


def test_reads_what_it_wrote():
    assert from_json(Sample, GOOD) == Sample(1, Decimal("1.50"), JULY, ("a", 1))


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"number": "1"}, "Sample.number"),
        ({"number": True}, "Sample.number"),
        ({"number": 1.0}, "Sample.number"),
        ({"amount": "x"}, "Sample.amount"),
        ({"amount": 1}, "Sample.amount"),
        ({"month": "2026-7"}, "Sample.month"),
        ({"pair": ["a"]}, "Sample.pair"),
        ({"pair": ["a", "b"]}, r"Sample.pair\[1\]"),
        ({"extra": 1}, "Sample: missing or unknown keys: extra"),
    ],
)
def test_refuses_what_does_not_fit_and_says_where(changes, place):
    with pytest.raises(CodecError, match=place):
        from_json(Sample, GOOD | changes)


def test_refuses_an_unknown_word():
    written = to_json(event(1, "settled", 1)) | {"kind": "gift"}
    with pytest.raises(CodecError, match="Event.kind"):
        from_json(Event, written)
