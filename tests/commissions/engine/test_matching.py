"""Whose a line is (docs/money.md §3, §4.1)."""

from dataclasses import replace
from datetime import date, datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from mcn.commissions.engine.inputs import Entry, Rule, Version
from mcn.commissions.engine.matching import (
    Account,
    Anchor,
    Deal,
    Line,
    Matcher,
    Roster,
    Session,
    SessionHost,
    Sku,
)
from mcn.core.periods import Period

RATE = Fraction("0.35")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00")


PAIR = (SessionHost("A01", Fraction("0.6")), SessionHost("A02", Fraction("0.4")))
LIVE = Session("L1", "douyin", "100", at("07-03T19:00:00"), at("07-03T23:00:00"), PAIR, "R1")
ROSTER = Roster(
    zone=ZoneInfo("Asia/Shanghai"),
    day_starts_at=time(0),
    anchors=(Anchor("A01", "P1"), Anchor("A02", "P2")),
    accounts=(
        Account("douyin", "100", "A01", date(2026, 1, 1), date(2026, 8, 1), nickname="小鹿"),
        Account("douyin", "100", "A02", date(2026, 8, 1), nickname="小鹿"),
        Account("wechat", "200", "A02", date(2026, 1, 1), platform_split=True, nickname="小鹿"),
    ),
    sessions=(LIVE,),
    versions=(
        Version(1, "A01", "XH-1", 1, date(2026, 1, 1), date(2026, 9, 1)),
        Version(2, "A01", "XH-1", 2, date(2026, 9, 1), date(2027, 1, 1)),
        Version(3, "A02", "XH-2", 1, date(2026, 1, 1), date(2027, 1, 1)),
    ),
    rules=(
        Rule(1, 1, "commission", rate=RATE),
        Rule(2, 2, "commission", rate=RATE),
        Rule(3, 3, "commission", rate=RATE),
        Rule(4, 1, "slot_fee", rate=RATE),
        Rule(5, 1, "slot_fee", "brand", "B1", rate=RATE),
        Rule(6, 1, "slot_fee", "deal", "D1", rate=RATE),
    ),
    overrides=(),
    skus=(Sku("S1", "B1", "beauty", (("douyin", "p1"),)), Sku("S2", "B2", "food", (("douyin", "p2"),))),
    deals=(
        Deal("D2", "B1", date(2026, 7, 1), date(2026, 7, 31), ("S1",)),
        Deal("D1", "B1", date(2026, 7, 1), date(2026, 7, 31), ("S1",)),
        Deal("D0", "B1", date(2026, 6, 1), date(2026, 7, 31), ("S1",)),
    ),
)
LINE = Line(1, "douyin", "100", at("07-10T12:00:00"), "p1")
INSIDE = at("07-03T20:00:00")


def match(line: Line, **roster):
    return Matcher(replace(ROSTER, **roster)).line(line)


def hosts(line: Line, **roster) -> list[tuple[str, str, int, int, Fraction]]:
    found = match(line, **roster)
    assert found.reason is None
    assert [host.position for host in found.hosts] == list(range(len(found.hosts)))
    return [(host.anchor, host.payee, host.version_id, host.rule_id, host.weight) for host in found.hosts]


def reason(line: Line, **roster) -> tuple[str | None, str]:
    found = match(line, **roster)
    assert found.hosts == ()
    return found.reason, found.detail


A01 = ("A01", "P1", 1, 1, Fraction(1))
A02 = ("A02", "P2", 3, 3, Fraction(1))
BOTH = [("A01", "P1", 1, 1, Fraction("0.6")), ("A02", "P2", 3, 3, Fraction("0.4"))]


def test_the_holder_at_the_payment_is_paid():
    assert hosts(LINE) == [A01]
    assert hosts(replace(LINE, paid_at=at("07-31T23:59:59"))) == [A01]
    assert hosts(replace(LINE, paid_at=at("08-01T00:00:00"))) == [A02]


def test_dates_follow_the_agencys_day_start():
    night = replace(LINE, paid_at=at("08-01T03:59:59"))
    assert hosts(night, day_starts_at=time(4)) == [A01]


def test_the_contract_version_at_the_payment_counts():
    lone = replace(ROSTER.accounts[0], until_on=None)
    assert hosts(replace(LINE, paid_at=at("09-01T00:00:00")), accounts=(lone,)) == [("A01", "P1", 2, 2, Fraction(1))]


def test_a_superseded_version_is_in_force_no_more():
    old = replace(ROSTER.versions[0], superseded=True)
    new = replace(ROSTER.versions[0], id=9, version=2)
    rules = (*ROSTER.rules, Rule(9, 9, "commission", rate=RATE))
    assert hosts(LINE, versions=(old, new, ROSTER.versions[2]), rules=rules) == [("A01", "P1", 9, 9, Fraction(1))]


def test_an_account_is_found_by_nickname_where_the_id_is_not_known():
    assert hosts(replace(LINE, account="小鹿")) == [A01]
    assert reason(replace(LINE, account="大鹿")) == ("unknown_account", "大鹿")


def test_a_nickname_that_two_accounts_have_names_nobody():
    twin = Account("douyin", "101", "A02", date(2026, 1, 1), nickname="小鹿")
    assert reason(replace(LINE, account="小鹿"), accounts=(*ROSTER.accounts, twin))[0] == "unknown_account"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"account": ""}, ("no_anchor_on_line", "")),
        ({"account": "-"}, ("no_anchor_on_line", "")),
        ({"account": "999"}, ("unknown_account", "999")),
        ({"platform": "taobao"}, ("unknown_account", "100")),
        ({"paid_at": datetime.fromisoformat("2025-12-31T12:00:00+08:00")}, ("unknown_account", "100")),
        ({"paid_at": datetime.fromisoformat("2027-01-01T00:00:00+08:00")}, ("no_contract", "A02")),
        ({"paid_at": None}, ("no_contract", "")),
    ],
)
def test_reasons(changes, expected):
    assert reason(replace(LINE, **changes)) == expected


def test_no_rule_for_the_line_is_a_reason():
    rules = (Rule(1, 1, "commission", "platform", "wechat", rate=RATE),)
    assert reason(LINE, rules=rules) == ("no_split_rule", "A01")


def test_the_platforms_payment_went_to_the_holder():
    assert match(LINE).holder_payee is None
    wechat = Line(1, "wechat", "200", INSIDE)
    assert match(wechat).holder_payee == "P2"
    session = replace(LIVE, platform="wechat", account_id="200", hosts=PAIR[:1])
    found = match(wechat, sessions=(session,))
    assert ([host.anchor for host in found.hosts], found.holder_payee) == (["A01"], "P2")


class TestSessions:
    """Hosts replace the holder."""

    def test_by_room_whatever_the_time(self):
        assert hosts(replace(LINE, room_id="R1")) == BOTH
        assert match(replace(LINE, room_id="R1")).session == "L1"

    @pytest.mark.parametrize(
        ("paid_at", "inside"),
        [
            ("07-03T18:59:59", False),
            ("07-03T19:00:00", True),
            ("07-03T22:59:59", True),
            ("07-03T23:00:00", False),
        ],
    )
    def test_by_account_and_half_open_window(self, paid_at, inside):
        assert hosts(replace(LINE, paid_at=at(paid_at))) == (BOTH if inside else [A01])

    @pytest.mark.parametrize(
        ("live", "room_id", "inside"),
        [(None, None, True), (True, None, True), (False, None, False), (False, "R1", True)],
    )
    def test_other_traffic_matches_by_room_only(self, live, room_id, inside):
        assert hosts(replace(LINE, paid_at=INSIDE, live=live, room_id=room_id)) == (BOTH if inside else [A01])

    def test_another_room_is_another_session(self):
        assert hosts(replace(LINE, paid_at=INSIDE, room_id="R9")) == [A01]
        roomless = replace(LIVE, room_id=None)
        assert hosts(replace(LINE, paid_at=INSIDE, room_id="R9"), sessions=(roomless,)) == BOTH

    def test_another_account_is_another_session(self):
        assert hosts(replace(LINE, paid_at=INSIDE), sessions=(replace(LIVE, account_id="101"),)) == [A01]

    def test_an_account_named_by_nickname_has_its_sessions(self):
        assert hosts(replace(LINE, account="小鹿", paid_at=INSIDE)) == BOTH

    def test_two_windows_that_meet_are_refused(self):
        second = replace(LIVE, code="L2", room_id=None, starts_at=at("07-03T22:00:00"))
        assert hosts(replace(LINE, paid_at=INSIDE), sessions=(LIVE, second)) == BOTH
        late = replace(LINE, paid_at=at("07-03T22:30:00"))
        assert reason(late, sessions=(second, LIVE)) == ("two_sessions", "L1, L2")

    def test_two_sessions_in_one_room_are_told_apart_by_the_window(self):
        second = replace(LIVE, code="L2", starts_at=at("07-04T19:00:00"), ends_at=at("07-04T23:00:00"), hosts=PAIR[1:])
        line = replace(LINE, room_id="R1")
        found = hosts(replace(line, paid_at=at("07-04T20:00:00")), sessions=(LIVE, second))
        assert found == [("A02", "P2", 3, 3, Fraction("0.4"))]
        assert reason(line, sessions=(LIVE, second))[0] == "two_sessions"

    def test_a_session_without_hosts_changes_nothing(self):
        empty = replace(LIVE, code="L0", hosts=())
        assert hosts(replace(LINE, paid_at=INSIDE), sessions=(empty,)) == [A01]
        assert hosts(replace(LINE, paid_at=INSIDE), sessions=(empty, LIVE)) == BOTH

    def test_one_host_without_a_contract_leaves_the_line_unmatched(self):
        assert reason(replace(LINE, paid_at=INSIDE), versions=ROSTER.versions[:2]) == ("no_contract", "A02")


class TestScopes:
    """The most specific rule that fits."""

    RULES = tuple(
        Rule(number, 1, "commission", scope, value, rate=RATE)
        for number, (scope, value) in enumerate(
            [
                ("none", ""),
                ("platform", "douyin"),
                ("category", "beauty"),
                ("brand", "B1"),
                ("deal", "D1"),
                ("sku", "S1"),
            ],
            1,
        )
    )

    @pytest.mark.parametrize("known", range(1, 7))
    def test_order(self, known):
        assert [host[3] for host in hosts(LINE, rules=self.RULES[:known])] == [known]

    def test_of_two_deals_the_one_that_started_last_then_the_lower_code(self):
        rules = [Rule(n, 1, "commission", "deal", f"D{n}", rate=RATE) for n in (0, 1, 2)]
        assert [host[3] for host in hosts(LINE, rules=tuple(rules))] == [1]
        assert reason(LINE, rules=tuple(rules[2:])) == ("no_split_rule", "A01")

    @pytest.mark.parametrize(
        ("paid_at", "inside"),
        [("06-30T23:59:59", False), ("07-01T00:00:00", True), ("07-31T23:59:59", True), ("05-31T12:00:00", False)],
    )
    def test_deals_include_both_their_days(self, paid_at, inside):
        rules = (Rule(1, 1, "commission", rate=RATE), Rule(2, 1, "commission", "deal", "D1", rate=RATE))
        assert [host[3] for host in hosts(replace(LINE, paid_at=at(paid_at)), rules=rules)] == [2 if inside else 1]

    @pytest.mark.parametrize("product", [None, "p9"])
    def test_an_unknown_product_matters_only_where_rules_ask_for_it(self, product):
        line = replace(LINE, product_id=product)
        assert hosts(line) == [A01]
        platform = (*ROSTER.rules, Rule(7, 1, "commission", "platform", "douyin", rate=RATE))
        assert [host[3] for host in hosts(line, rules=platform)] == [7]
        by_sku = (*ROSTER.rules, Rule(7, 1, "commission", "sku", "S2", rate=RATE))
        assert reason(line, rules=by_sku) == ("unknown_sku", product or "")
        assert [host[3] for host in hosts(LINE, rules=by_sku)] == [1]

    def test_rules_of_another_income_ask_for_no_product(self):
        assert hosts(replace(LINE, product_id=None), rules=(ROSTER.rules[0], ROSTER.rules[5])) == [A01]


def entry(income: str, day: date = date(2026, 7, 5), deal: str | None = None) -> Entry:
    return Entry(1, "E1", "A01", "P1", income, day, Period.of(day), -100 if income == "commission_cost" else 100, deal)


@pytest.mark.parametrize(
    ("income", "deal", "rule_id", "reason"),
    [
        ("slot_fee", None, 4, None),
        ("slot_fee", "D1", 6, None),
        ("slot_fee", "D2", 5, None),
        ("slot_fee", "D9", 4, None),
        ("commission_cost", None, 1, None),
        ("commission_cost", "D1", 1, None),
        ("tips", None, None, "no_split_rule"),
        ("bonus", None, None, None),
        ("penalty", None, None, None),
    ],
)
def test_entries(income, deal, rule_id, reason):
    found = Matcher(ROSTER).entry(entry(income, deal=deal))
    assert (found.rule_id, found.reason) == (rule_id, reason)
    assert found.version_id == (1 if rule_id else None)


def test_shared_costs_take_only_the_rule_without_a_scope():
    rules = (Rule(1, 1, "commission", "deal", "D1", rate=RATE),)
    found = Matcher(replace(ROSTER, rules=rules)).entry(entry("commission_cost", deal="D1"))
    assert found.reason == "no_split_rule"


def test_entries_follow_the_version_on_their_date():
    assert Matcher(ROSTER).entry(entry("commission_cost", date(2026, 9, 1))).rule_id == 2
    assert Matcher(ROSTER).entry(entry("commission_cost", date(2027, 1, 1))).reason == "no_contract"
