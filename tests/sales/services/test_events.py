"""What two states of a line make of each other, in every format's own way (docs/money.md §2)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from mcn.sales.models import DailySales, LinePart, OrderLine
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency, PlatformFeeRate
from mcn.tenancy.scope import agency_scope
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

SETTLED_ROW = 4  # of the Douyin sample: 订单结算, 结算金额 151.53, 实际佣金支出 31.82
SETTLED_KEY = "6990000000000000104"


def douyin(**cells: str) -> list[list[Any]]:
    """The header and the settled line of the Douyin sample, with other cells."""
    rows: list[list[Any]] = rows_of("douyin_alliance")
    for column, value in cells.items():
        rows = with_cell(rows, SETTLED_ROW, column, value)
    return [rows[0], rows[SETTLED_ROW - 1]]


@pytest.fixture
def ten_percent(desk: Desk) -> None:
    """The agency's fee on Douyin, where the file names none."""
    with desk.reading():
        PlatformFeeRate.objects.create(platform="douyin", fee_rate=Decimal("0.1"))


def test_the_first_settlement_is_dated_by_the_platform_and_its_fee_derived(desk: Desk, ten_percent: None) -> None:
    counts = desk.bring(rows_of("douyin_alliance"))
    assert (counts["rows"], counts["created"], counts["events"], counts["kinds"]) == (5, 5, 1, {"settled": 1})
    assert desk.events() == [("settled", "2026-05-21 02:58", "2026-05", "2026-05", 15153, 3182, 318, 0)]
    assert desk.line(SETTLED_KEY).fee_derived
    assert not desk.line("6990000000000000101").fee_derived


def test_the_same_file_again_appends_nothing(desk: Desk, ten_percent: None) -> None:
    rows = rows_of("douyin_alliance")
    desk.bring(rows)
    again = desk.bring(rows, exported_at="2026-08-01 00:00")
    assert (again["created"], again["changed"], again["unchanged"], again["events"]) == (0, 0, 5, 0)
    assert len(desk.events()) == 1


def test_settled_money_that_falls_is_a_clawback_at_the_time_of_the_export(desk: Desk, ten_percent: None) -> None:
    desk.bring(douyin())
    counts = desk.bring(douyin(结算金额="100.00", 实际佣金支出="21.00"), exported_at="2026-06-30 23:30")
    assert counts["kinds"] == {"clawback": 1}
    # The fee is derived on the whole state: 2.10 instead of 3.18.
    assert desk.events()[1] == ("clawback", "2026-06-30 23:30", "2026-06", "2026-06", -5153, -1082, -108, 0)


def test_a_refund_takes_everything_back_and_a_new_settlement_is_a_supplement(desk: Desk, ten_percent: None) -> None:
    desk.bring(douyin())
    refunded = douyin(订单状态="订单退货退款", 结算金额="0.00", 实际佣金支出="0.00", 订单结算时间="-")
    desk.bring(refunded, exported_at="2026-06-10 00:00")
    assert [sum(column) for column in list(zip(*desk.events(), strict=True))[4:]] == [0, 0, 0, 0]
    line = desk.line(SETTLED_KEY)
    assert (line.status, line.settled_gross_fen, line.settled_fee_fen) == (line.Status.INVALID, 0, 0)
    assert line.settled_at is not None


def test_a_rise_is_a_supplement_dated_by_its_own_settlement(desk: Desk) -> None:
    desk.bring(douyin())
    later = {"结算金额": "169.00", "实际佣金支出": "35.49", "订单结算时间": "2026-06-03 10:00:00"}
    counts = desk.bring(douyin(**later), exported_at="2026-07-01 00:00")
    assert counts["kinds"] == {"supplement": 1}
    assert desk.events()[1] == ("supplement", "2026-06-03 10:00", "2026-06", "2026-06", 1747, 367, 0, 0)


def test_a_rise_without_a_time_is_dated_by_the_export(desk: Desk) -> None:
    desk.bring(douyin())
    desk.bring(douyin(实际佣金支出="35.49"), exported_at="2026-07-01 08:00")
    assert desk.events()[1][:3] == ("supplement", "2026-07-01 08:00", "2026-07")


def test_an_older_export_after_a_newer_one_changes_nothing(desk: Desk) -> None:
    desk.bring(douyin(结算金额="100.00", 实际佣金支出="21.00"), exported_at="2026-06-30 00:00")
    counts = desk.bring(douyin(), exported_at="2026-05-31 00:00")
    assert (counts["stale"], counts["changed"], counts["events"]) == (1, 0, 0)
    assert desk.line(SETTLED_KEY).settled_gross_fen == 2100


def test_an_export_that_repeats_a_state_outdates_what_was_exported_before_it(desk: Desk) -> None:
    desk.bring(douyin(), exported_at="2026-05-31 00:00")
    counts = desk.bring([*douyin(), []], exported_at="2026-07-31 00:00")
    assert (counts["unchanged"], counts["events"]) == (1, 0)
    between = desk.bring(douyin(实际佣金支出="21.00"), exported_at="2026-06-30 00:00")
    assert (between["stale"], between["events"]) == (1, 0)


def test_a_fee_stays_when_the_money_does(desk: Desk, ten_percent: None) -> None:
    desk.bring(douyin())
    with desk.reading():
        PlatformFeeRate.objects.update(fee_rate=Decimal("0.2"))
    counts = desk.bring(douyin(商品名称="改名"), exported_at="2026-07-01 00:00")
    assert (counts["changed"], counts["events"]) == (1, 0)
    assert desk.line(SETTLED_KEY).settled_fee_fen == 318


def test_events_of_a_closed_month_are_settled_in_the_first_open_one(desk: Desk) -> None:
    with desk.reading():
        Period.objects.create(code="2026-06", state=Period.State.CLOSED)
    counts = desk.bring(douyin())
    assert counts["months"] == {"2026-07": 1}
    assert desk.events()[0][2:4] == ("2026-05", "2026-07")
    with desk.reading():
        assert list(Period.objects.order_by("code").values_list("code", flat=True)) == ["2026-06", "2026-07"]


def test_history_stays_in_its_month_and_opens_none(desk: Desk) -> None:
    with desk.reading():
        Agency.objects.filter(pk=desk.people.id).update(first_period="2026-06")
        Period.objects.create(code="2026-06", state=Period.State.CLOSED)
    desk.bring(douyin())
    assert desk.events()[0][2:4] == ("2026-05", "2026-05")
    with desk.reading():
        assert list(Period.objects.values_list("code", flat=True)) == ["2026-06"]


def test_the_month_is_that_of_the_business_day(desk: Desk) -> None:
    with desk.reading():
        Agency.objects.filter(pk=desk.people.id).update(day_starts_at="04:00")
    desk.bring(douyin(订单结算时间="2026-06-01 03:59:59"))
    assert desk.events()[0][1:3] == ("2026-06-01 03:59", "2026-05")


def test_kuaishou_needs_the_account_and_pays_net(desk: Desk) -> None:
    rows = rows_of("kuaishou_orders")
    failed = desk.job(rows)
    assert failed.state == "failed"
    desk.bring(rows, account_id="400000001")
    assert desk.events() == [("settled", "2026-05-16 04:00", "2026-05", "2026-05", 12900, 2902, 0, 0)]
    assert desk.line("23000000000004").account_key == "400000001"
    invalid = with_cell(rows, 5, "订单状态", "已失效")
    counts = desk.bring(invalid, account_id="400000001", exported_at="2026-06-30 23:30")
    assert counts["kinds"] == {"clawback": 1}
    assert desk.events()[1] == ("clawback", "2026-06-30 23:30", "2026-06", "2026-06", -12900, -2902, 0, 0)


def test_another_account_is_a_change(desk: Desk) -> None:
    rows = rows_of("kuaishou_orders")
    desk.bring(rows, account_id="400000001")
    counts = desk.bring(rows, account_id="400000002", exported_at="2026-06-02 00:00")
    assert (counts["changed"], counts["events"]) == (5, 0)
    assert desk.line("23000000000004").account_key == "400000002"
    with desk.reading():
        assert set(DailySales.objects.values_list("account_key", flat=True)) == {"400000002"}


def test_wechat_goes_by_the_platforms_time_of_change(desk: Desk) -> None:
    rows = rows_of("wechat_league")
    desk.bring(rows)
    settled = [event for event in desk.events() if event[5] == 1296]
    assert settled == [("settled", "2026-05-15 03:00", "2026-05", "2026-05", 4990, 1296, 10, 1197)]
    fallen = rows
    for column, value in {
        "commission_status": "200",
        "order_status": "200",
        "actual_payment": "0",
        "talent_amount": "0",
        "service_total_amount": "0",
        "platform_amount": "0",
        "service_amount": "0",
        "update_time": "1780300000",
    }.items():
        fallen = with_cell(fallen, 3, column, value)
    desk.bring(fallen, exported_at="2026-07-01 00:00")
    assert desk.events()[-1] == ("clawback", "2026-06-01 15:46", "2026-06", "2026-06", -4990, -1296, -10, -1197)
    count = len(desk.events())
    assert desk.bring(rows, exported_at="2026-08-01 00:00")["events"] == 0
    assert len(desk.events()) == count


def test_wechat_money_kept_after_cancelling_is_flagged_only(desk: Desk) -> None:
    rows = rows_of("wechat_league")
    before = with_cell(with_cell(rows, 6, "order_status", "100"), 6, "update_time", "1777748400")
    desk.bring(before)
    events = desk.events()
    desk.bring(rows, exported_at="2026-07-01 00:00")
    assert desk.events() == events
    with desk.reading():
        flags = list(OrderLine.objects.filter(order_key="3720000000000000105").values_list("flags", flat=True))
    assert flags == ["cancelled_after_settlement"]


@pytest.mark.parametrize("refund_first", [False, True])
def test_a_taobao_refund_counts_once_whatever_comes_first(desk: Desk, refund_first: bool) -> None:
    files = [rows_of("taobao_union"), rows_of("taobao_refunds")]
    for rows in reversed(files) if refund_first else files:
        desk.bring(rows)
    for rows in files:
        assert desk.bring(rows, exported_at="2026-07-01 00:00")["events"] == 0
    events = sorted(event for event in desk.events() if event[4] in (19900, -9900))
    assert events == [
        ("clawback", "2026-05-08 09:30", "2026-05", "2026-05", -9900, -1782, -178, 0),
        ("settled", "2026-04-30 10:00", "2026-04", "2026-04", 19900, 3582, 358, 0),
    ]
    line = desk.line("2090000000000000199")
    assert (line.status, line.account_name, line.settled_gross_fen) == (line.Status.SETTLED, "示例推广位", 3582)
    with desk.reading():
        sold = DailySales.objects.get(day="2026-04-20")
        assert (sold.lines, sold.settled_base_fen, sold.settled_pool_fen) == (1, 10000, 3582 - 358 - 1782 + 178)


def test_a_refund_that_no_longer_counts_gives_the_money_back(desk: Desk) -> None:
    rows = rows_of("taobao_refunds")
    desk.bring(with_cell(rows, 2, "refund_status", "4"))
    assert desk.events() == []
    desk.bring(with_cell(rows, 2, "refund_status", "12"), exported_at="2026-06-02 00:00")
    desk.bring(with_cell(rows, 2, "refund_status", "13"), exported_at="2026-06-03 00:00")
    desk.bring(with_cell(rows, 2, "refund_status", "3"), exported_at="2026-06-04 00:00")
    assert desk.events() == [
        ("clawback", "2026-05-08 09:30", "2026-05", "2026-05", -9900, -1782, -178, 0),
        ("supplement", "2026-06-04 00:00", "2026-06", "2026-06", 9900, 1782, 178, 0),
    ]
    with desk.reading():
        assert LinePart.objects.count() == 1


def test_a_refund_finds_its_line_by_the_sub_order(desk: Desk) -> None:
    other_parent = with_cell(rows_of("taobao_refunds"), 2, "tb_trade_parent_id", "2090000000000000777")
    desk.bring(other_parent)
    desk.bring(rows_of("taobao_union"))
    assert desk.line("2090000000000000199").order_key == "2090000000000000105"
    counts = desk.bring(other_parent, exported_at="2026-07-01 00:00")
    assert (counts["unchanged"], counts["events"]) == (1, 0)


def test_a_fall_in_the_taobao_list_is_no_event_and_a_rise_is_one(desk: Desk) -> None:
    rows = rows_of("taobao_union")
    desk.bring(rows)
    count = len(desk.events())
    lower = with_cell(rows, 6, "结算预估收入", "18.00")
    assert desk.bring(lower, exported_at="2026-06-02 00:00")["events"] == 0
    line = desk.line("2090000000000000199")
    assert (line.settled_gross_fen, "list_below_settled" in line.flags.split(",")) == (3582, True)
    higher = with_cell(rows, 6, "结算预估收入", "36.00")
    desk.bring(higher, exported_at="2026-06-03 00:00")
    assert desk.events()[count:] == [("supplement", "2026-06-03 00:00", "2026-06", "2026-06", 0, 18, 0, 0)]
    assert "list_below_settled" not in desk.line("2090000000000000199").flags


def test_two_agencies_with_the_same_orders_never_meet(desk: Desk, beichen: Any) -> None:
    other = Desk(beichen)
    desk.bring(douyin())
    counts = other.bring(douyin(实际佣金支出="10.00"))
    assert (counts["created"], counts["events"]) == (1, 1)
    assert desk.events()[0][5] == 3182
    assert other.events()[0][5] == 1000
    with agency_scope(beichen.id), transaction.atomic():
        assert DailySales.objects.count() == 1
