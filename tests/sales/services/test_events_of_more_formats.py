"""What the formats of institutions, of anchors and of further platforms make of a line (docs/money.md §2)."""

from typing import Any

import pytest

from mcn.sales.importers import FORMATS
from mcn.sales.models import EarningEvent, OrderLine
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def changed(code: str, row: int, **cells: str) -> list[list[Any]]:
    """The header and one row (as a spreadsheet counts) of a sample, with other cells."""
    rows: list[list[Any]] = rows_of(code)
    for column, value in cells.items():
        rows = with_cell(rows, row, column, value)
    return [rows[0], rows[row - 1]]


def test_an_institution_order_settles_with_its_fee_and_is_taken_back_at_the_refund(desk: Desk) -> None:
    desk.bring(changed("douyin_institution", 4))
    refund = {"settled_goods_amount": "0", "shop_real_commission": "0", "settled_tech_service_fee": "0"}
    refund |= {"real_commission": "0", "institution_commission": "0", "flow_point": "REFUND"}
    refund |= {"refund_time": "2026-06-03 10:00:00", "update_time": "2026-07-01 08:00:00"}
    desk.bring(changed("douyin_institution", 4, **refund), exported_at="2026-07-02 00:00")
    assert desk.events() == [
        ("settled", "2026-05-22 03:12", "2026-05", "2026-05", 25900, 3885, 389, 2447),
        ("clawback", "2026-06-03 10:00", "2026-06", "2026-06", -25900, -3885, -389, -2447),
    ]
    line = desk.line("6990000000000000103")
    assert (line.account_key, line.room_id, line.is_live) == ("7000000000000000001", "7370000000000000001", True)


def test_a_partial_refund_is_dated_by_the_update(desk: Desk) -> None:
    desk.bring(changed("douyin_institution", 4))
    less = {"settled_goods_amount": "12950", "shop_real_commission": "1943", "settled_tech_service_fee": "195"}
    less |= {"real_commission": "1224", "institution_commission": "524", "update_time": "2026-06-05 09:00:00"}
    desk.bring(changed("douyin_institution", 4, **less))
    assert desk.events()[1] == ("clawback", "2026-06-05 09:00", "2026-06", "2026-06", -12950, -1942, -194, -1223)


ESTIMATES = ["douyin_anchor", "pdd_list", "taobao_live_estimate", "xhs_buyer"]


@pytest.mark.parametrize("code", ESTIMATES)
def test_estimates_give_no_settled_money(code: str, desk: Desk) -> None:
    counts = desk.bring(rows_of(code), account_id="10000000001" if code == "douyin_anchor" else "")
    assert (counts["created"], counts["events"]) == (len(rows_of(code)) - 1, 0)
    with desk.reading():
        assert EarningEvent.objects.count() == 0
        lines = list(OrderLine.objects.exclude(estimated_gross_fen=0))
        assert lines
        assert {(line.settled_base_fen, line.settled_gross_fen) for line in lines} == {(0, 0)}


@pytest.mark.parametrize("estimates_first", [False, True])
@pytest.mark.parametrize("estimates_at", ["2026-05-31 00:00", "2026-06-02 00:00"])
def test_an_anchors_estimates_keep_no_settlement_out(desk: Desk, estimates_first: bool, estimates_at: str) -> None:
    """Whichever file is brought in first, and whichever was downloaded later."""
    files = [
        (rows_of("douyin_alliance"), {"exported_at": "2026-06-01 00:00"}),
        (rows_of("douyin_anchor"), {"exported_at": estimates_at, "account_id": "10000000001"}),
    ]
    for rows, options in reversed(files) if estimates_first else files:
        desk.bring(rows, **options)
    assert desk.events() == [("settled", "2026-05-21 02:58", "2026-05", "2026-05", 15153, 3182, 0, 0)]
    line = desk.line("6990000000000000104")
    assert (line.status, line.settled_gross_fen, line.estimated_gross_fen) == (line.Status.SETTLED, 3182, 3549)


@pytest.mark.parametrize("estimates_first", [False, True])
def test_a_live_estimate_is_the_line_of_its_sub_order(desk: Desk, estimates_first: bool) -> None:
    """Though it names another parent order than the list of the union."""
    live = changed("taobao_live_estimate", 2, 淘宝主订单号="2090000000000000777", 淘宝子订单号="2090000000000000103")
    files = [rows_of("taobao_union"), live]
    for rows in reversed(files) if estimates_first else files:
        desk.bring(rows)
    with desk.reading():
        assert OrderLine.objects.filter(line_key="2090000000000000103").count() == 1
    line = desk.line("2090000000000000103")
    assert (line.status, line.settled_gross_fen) == (line.Status.SETTLED, 2390)
    assert sum(event[5] for event in desk.events() if event[4] == 23900) == 2390


def test_both_kuaishou_lists_settle_an_order_once(desk: Desk) -> None:
    desk.bring(rows_of("kuaishou_orders"), account_id="400000001")
    desk.bring(rows_of("kuaishou_api"), exported_at="2026-06-02 00:00")
    assert desk.events() == [("settled", "2026-05-16 04:00", "2026-05", "2026-05", 12900, 2902, 0, 0)]
    with desk.reading():
        assert OrderLine.objects.count() == 5


def test_a_jd_order_settles_when_the_file_is_downloaded_after_the_day_of_payment(desk: Desk) -> None:
    """Also if not one byte of the file is another by then."""
    rows = changed("jd_union", 3)
    assert desk.bring(rows, account_id="jd-1", exported_at="2026-06-01 00:00")["events"] == 0
    assert desk.bring(rows, account_id="jd-1", exported_at="2026-06-19 00:00")["events"] == 0
    assert desk.bring(rows, account_id="jd-1", exported_at="2026-07-01 00:00")["events"] == 1
    assert desk.bring(rows, account_id="jd-1", exported_at="2026-07-01 00:00")["events"] == 0
    assert desk.bring(rows, account_id="jd-1", exported_at="2026-06-01 00:00")["events"] == 0
    less = {"actualCosPrice": "0.00", "actualFee": "0.00", "modifyTime": "2026-07-03 10:00:00"}
    desk.bring(changed("jd_union", 3, **less), account_id="jd-1", exported_at="2026-07-04 00:00")
    assert desk.events() == [
        ("settled", "2026-06-20 23:59", "2026-06", "2026-06", 5990, 1078, 0, 0),
        ("clawback", "2026-07-03 10:00", "2026-07", "2026-07", -5990, -1078, 0, 0),
    ]
    assert desk.line("100002").account_key == "jd-1"


def test_a_file_of_jd_needs_the_account(desk: Desk) -> None:
    job = desk.job(rows_of("jd_union"))
    assert job.state == "failed"
    assert str(FORMATS["jd_union"].title) in job.error_text()


def test_a_punished_pinduoduo_order_is_taken_back(desk: Desk) -> None:
    desk.bring(changed("pdd_duoduo", 3))
    desk.bring(changed("pdd_duoduo", 3, order_status="10", order_modify_at="1780452000"))
    assert desk.events() == [
        ("settled", "2026-05-25 10:00", "2026-05", "2026-05", 5990, 1198, 0, 0),
        ("clawback", "2026-06-03 10:00", "2026-06", "2026-06", -5990, -1198, 0, 0),
    ]


def test_pinduoduo_lines_are_of_their_position_or_of_the_given_account(desk: Desk) -> None:
    desk.bring(changed("pdd_duoduo", 2))
    desk.bring(changed("pdd_duoduo", 3), account_id="given")
    assert desk.line("260520-000000000000001").account_key == "40000001_300000001"
    assert desk.line("260502-000000000000002").account_key == "given"


def test_a_wechat_shop_order_settles_when_its_commission_is_final_and_its_file_is_not_kept(desk: Desk) -> None:
    desk.bring(changed("wechat_shop", 3, 带货费用类型="预估佣金"))
    assert desk.events() == []
    desk.bring(changed("wechat_shop", 3), exported_at="2026-06-02 00:00")
    cancelled = {"订单状态": "已取消", "带货费用": "0.00"}
    desk.bring(changed("wechat_shop", 3, **cancelled), exported_at="2026-06-10 00:00")
    assert desk.events() == [
        ("settled", "2026-05-15 03:00", "2026-05", "2026-05", 4990, 1197, 0, 0),
        ("clawback", "2026-06-10 00:00", "2026-06", "2026-06", -4990, -1197, 0, 0),
    ]
    assert [done.stored_path for done in desk.imports()] == ["", "", ""]
