"""Several files tell of one line: what knows more of its money speaks for it (docs/money.md §1)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from mcn.sales.models import EarningEvent, OrderLine
from mcn.tenancy.models import PlatformFeeRate
from tests.sales.platform_files import read, rows_of, sample, with_cell
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "6990000000000000104"  # settled in both lists: 151.53, commission 31.82


@pytest.fixture(autouse=True)
def fee_rate(desk: Desk) -> None:
    """What the merchant's list leaves open is derived: 10.1 %, the institution's own list says 10 %."""
    with desk.reading():
        PlatformFeeRate.objects.create(platform="douyin", fee_rate=Decimal("0.101"))


def institution(**cells: str) -> list[list[Any]]:
    """The institution's row of the order, with other cells."""
    rows: list[list[Any]] = rows_of("douyin_institution")
    place = next(number for number, row in enumerate(rows) if row[0] == ORDER)
    for column, value in cells.items():
        rows = with_cell(rows, place + 1, column, value)
    return [rows[0], rows[place]]


def sums(desk: Desk) -> list[int]:
    """Base, gross, fee and holder's part of all events of the order."""
    return [sum(column) for column in list(zip(*desk.events(), strict=True))[4:]]


@pytest.mark.parametrize("merchants_first", [True, False])
def test_the_agencys_own_list_speaks_for_the_line_whatever_came_first(desk: Desk, merchants_first: bool) -> None:
    files = [("2026-07-01 00:00", rows_of("douyin_alliance")), ("2026-06-01 00:00", institution())]
    for exported_at, rows in files if merchants_first else reversed(files):
        desk.bring(rows, exported_at=exported_at)
    assert sums(desk) == [15153, 3182, 318, 2005]
    line = desk.line(ORDER)
    assert not line.fee_derived
    assert line.account_key == ("10000000001" if merchants_first else "7000000000000000001")  # platforms have several


def test_the_merchants_list_goes_on_where_the_agencys_own_is_behind(desk: Desk) -> None:
    early = institution(flow_point="CONFIRM", settle_time="", update_time="2026-05-10 00:00:00")
    desk.bring(early, exported_at="2026-05-11 00:00")
    assert desk.events() == []
    desk.bring(rows_of("douyin_alliance"), exported_at="2026-06-01 00:00")
    assert sums(desk) == [15153, 3182, 321, 0]


def test_a_refund_is_dated_by_its_own_time_and_newer_by_the_change(desk: Desk) -> None:
    desk.bring(institution(update_time="2026-05-25 10:00:00"))
    refund = institution(
        flow_point="REFUND",
        refund_time="2026-05-24 10:20:30",
        update_time="2026-06-01 09:00:00",
        settled_goods_amount="0",
    )
    counts = desk.bring(refund, exported_at="2026-06-02 00:00")
    assert counts["kinds"] == {"clawback": 1}
    assert desk.events()[1] == ("clawback", "2026-05-24 10:20", "2026-05", "2026-05", -15153, -3182, -318, -2005)


@pytest.mark.parametrize("estimates_first", [True, False])
def test_a_list_of_estimates_neither_gives_nor_takes(desk: Desk, estimates_first: bool) -> None:
    rows = rows_of("douyin_anchor")
    estimates = [rows[0], *([ORDER, *row[1:]] for row in rows[1:2])]
    estimates = with_cell(estimates, 2, "订单状态", "订单退货退款")
    order = [("estimates", "2026-07-01 00:00"), ("list", "2026-06-01 00:00")]
    for what, exported_at in order if estimates_first else reversed(order):
        if what == "estimates":
            desk.bring(estimates, exported_at=exported_at, account_id="10000000001")
        else:
            desk.bring(rows_of("douyin_alliance"), exported_at=exported_at)
    assert sums(desk) == [15153, 3182, 321, 0]
    assert desk.line(ORDER).status == 4


@pytest.mark.parametrize("league_first", [True, False])
def test_an_order_of_the_shops_and_of_the_leagues_list_is_one_line(desk: Desk, league_first: bool) -> None:
    files = [rows_of("wechat_league"), rows_of("wechat_shop")]
    shared = {row[0] for row in files[0][1:]} & {row[0] for row in files[1][1:]}
    assert shared
    for rows in files if league_first else reversed(files):
        desk.bring(rows)
    with desk.reading():
        for order in shared:
            line = OrderLine.objects.get(order_key=order)
            assert (line.line_key, line.authority) == ("3700000001", 2)
        kept = dict(EarningEvent.objects.values_list("line__order_key").annotate(Sum("gross_fen")))
    alone = dict(zip(*settled_by_the_league(), strict=True))
    assert {order: kept.get(order, 0) for order in shared} == {order: alone[order] for order in shared}


def settled_by_the_league() -> tuple[list[str], list[int]]:
    """Order and commission of every line of the league's sample."""
    lines, _rejected, _skipped = read(sample("wechat_league"))
    return lines["order_key"].to_list(), lines["set_gross"].fill_null(0).to_list()
