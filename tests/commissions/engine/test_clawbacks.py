"""Clawbacks (docs/money.md §4.5), with the cases that break simple reckonings."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from mcn.commissions.engine.inputs import LineHistory, Override, Paid
from tests.commissions.engine.month import (
    FIRST,
    HOST,
    OTHER,
    SECOND,
    VERSION,
    event,
    methods,
    month,
    shares,
    totals,
)

RECRUITER = Override(9, 1, "G01", "agency_share", Fraction("0.05"))


def settled_before(pool: int, share: int, *, first: date = date(2026, 6, 28), host=HOST) -> LineHistory:
    paid = Paid(
        host.payee,
        "anchor",
        host.position,
        host.anchor,
        host.version_id,
        host.rule_id,
        host.weight,
        Fraction("0.35"),
        share,
    )
    return LineHistory(1, pool, True, first, (host,), None, None, (paid,))


def test_a_line_settled_and_taken_back_in_one_month_leaves_nothing():
    result = month(event(1, "settled", 333), event(2, "clawback", -333))
    assert shares(result) == [117, -117]
    assert totals(result).commission_share == 117
    assert totals(result).clawback_share == -117
    assert totals(result).pool == 0
    assert totals(result).lines == 1


def test_takes_back_what_the_line_was_shown_not_what_the_rate_gives():
    """The second of two lines of 1 fen at 35 % got 1 fen by cumulative rounding; its refund takes 1 fen."""
    result = month(event(1, "settled", 1, line=1), event(2, "settled", 1, line=2), event(3, "clawback", -1, line=2))
    assert shares(result) == [0, 1, -1]


def test_several_clawbacks_take_back_in_proportion_to_what_is_left():
    result = month(
        event(1, "settled", 1000),
        event(2, "clawback", -333),
        event(3, "clawback", -333),
        event(4, "clawback", -334),
    )
    assert shares(result) == [350, 233 - 350, 117 - 233, -117]
    assert methods(result) == ["bucket", "proportion", "proportion", "proportion"]


def test_a_clawback_stands_in_no_bucket():
    """The line after it is rounded as if it had not been."""
    with_it = month(event(1, "settled", 1), event(2, "clawback", -1), event(3, "settled", 1, line=2))
    without = month(event(1, "settled", 1), event(3, "settled", 1, line=2))
    assert shares(with_it) == [0, 0, 1]
    assert shares(without) == [0, 1]


def test_a_line_of_a_closed_month_gives_back_what_it_paid_there():
    result = month(event(1, "clawback", -43200), history=(settled_before(432000, 151200),))
    assert shares(result) == [-15120]
    assert totals(result).lines == 1
    assert totals(result).net_gmv == -432000
    (line,) = result.history
    assert (line.pool, line.paid[0].share, line.first_settled_on) == (388800, 136080, date(2026, 6, 28))


def test_the_tier_of_now_is_not_used_for_a_line_paid_before():
    result = month(event(1, "clawback", -100), history=(settled_before(100, 30),))
    assert shares(result) == [-30]


def test_more_than_everything_taken_back_costs_in_the_same_proportion():
    result = month(event(1, "settled", 1000), event(2, "clawback", -1500))
    assert shares(result) == [350, -525]


def test_a_supplement_after_a_full_clawback_starts_a_new_pool():
    result = month(
        event(1, "settled", 1000),
        event(2, "clawback", -1000),
        event(3, "supplement", 400),
        event(4, "clawback", -400),
    )
    assert shares(result) == [350, -350, 140, -140]
    assert result.history[0].paid[0].share == 0


def test_a_clawback_with_no_pool_left_goes_by_the_rule():
    result = month(event(1, "settled", 1000), event(2, "clawback", -1000), event(3, "clawback", -100))
    assert shares(result) == [350, -350, -35]
    assert methods(result) == ["bucket", "proportion", "rate"]


def test_a_line_that_settled_with_nothing_goes_by_the_rule():
    result = month(event(1, "settled", 0), event(2, "clawback", -101))
    assert shares(result) == [0, -35]
    assert methods(result) == ["bucket", "rate"]


def test_a_line_never_settled_here_goes_by_the_rule_each_time_and_without_overrides():
    result = month(event(1, "clawback", -101), event(2, "clawback", -101), overrides=(RECRUITER,))
    assert shares(result) == [-35, -35]
    assert shares(result, "G01") == []
    assert methods(result) == ["rate", "rate"]


def test_a_clawback_dated_before_the_settlement_comes_first():
    result = month(event(2, "settled", 1000, day=9), event(1, "clawback", -100, day=3))
    assert methods(result) == ["rate", "bucket"]
    assert shares(result) == [-35, 350]


def test_history_line_with_a_supplement_here_is_measured_on_the_supplement():
    result = month(event(1, "supplement", 100), event(2, "clawback", -1000))
    assert shares(result) == [35, -350]


def test_a_change_of_base_alone_takes_nothing_back():
    result = month(event(1, "settled", 1000), event(2, "clawback", 0, base=-5000))
    assert shares(result) == [350, 0]
    assert totals(result).net_gmv == 5000


def test_overrides_are_taken_back_in_the_same_proportion():
    result = month(event(1, "settled", 10000), event(2, "clawback", -5000), overrides=(RECRUITER,))
    assert shares(result, "G01") == [325, 163 - 325]
    assert totals(result, "G01").override_share == 325
    assert totals(result, "G01").clawback_share == -162
    assert totals(result, "G01").lines == 0


def test_two_overrides_of_one_payee_are_taken_back_as_one():
    second = replace(RECRUITER, id=10, rate=Fraction("0.01"))
    result = month(event(1, "settled", 10000), event(2, "clawback", -10000), overrides=(RECRUITER, second))
    assert shares(result, "G01") == [325, 65, -390]


def test_each_host_gives_back_its_own():
    result = month(event(1, "settled", 1000), event(2, "clawback", -500), hosts=(FIRST, SECOND))
    assert shares(result) == [210, -105]
    assert shares(result, "A02") == [200, -100]
    assert totals(result).pool == 300
    assert totals(result, "A02").pool == 200
    assert [left.share for left in result.agency] == [590, -295]


@pytest.mark.parametrize(("day", "late"), [(5, False), (6, True)])
def test_after_the_window_it_stays_with_the_agency(day, late):
    """Settled on 28 June, window of 7 days: 5 July is the last day."""
    result = month(
        event(1, "clawback", -100, day=day),
        versions=(replace(VERSION, clawback_window_days=7), OTHER),
        history=(settled_before(1000, 350),),
    )
    assert methods(result) == ["outside_window" if late else "proportion"]
    assert shares(result) == [0 if late else -35]
    assert [left.share for left in result.agency] == [-100 if late else -65]
    assert totals(result).pool == -100
    assert result.history[0].pool == 900


def test_the_window_of_a_history_line_counts_from_the_platforms_date_else_from_payment():
    versions = (replace(VERSION, clawback_window_days=10), OTHER)
    by_settlement = event(1, "clawback", -100, day=8, settled_on=date(2026, 6, 29))
    by_payment = event(2, "clawback", -100, day=8, line=2)
    result = month(by_settlement, by_payment, versions=versions)
    assert methods(result) == ["rate", "outside_window"]


def test_windows_are_those_of_each_hosts_contract():
    versions = (replace(VERSION, clawback_window_days=0), OTHER)
    result = month(event(1, "settled", 1000), event(2, "clawback", -1000), hosts=(FIRST, SECOND), versions=versions)
    assert shares(result) == [210, 0]
    assert shares(result, "A02") == [200, -200]


def test_what_a_late_event_took_from_the_pool_is_gone_from_the_proportion():
    """P is a fact of the line: after an untaken clawback of 500, the rest of 500 carries the whole share."""
    versions = (replace(VERSION, clawback_window_days=1), OTHER)
    first = month(event(1, "settled", 1000), event(9, "clawback", -500), versions=versions)
    assert shares(first) == [350, 0]
    late_import = replace(event(2, "clawback", -500), id=20)
    second = month(late_import, versions=versions, history=first.history)
    assert shares(second) == [-350]


def test_a_clawback_never_adds():
    with pytest.raises(ValueError, match="clawback"):
        event(1, "clawback", 1)
