"""Refunds and phases of mapped files are counted once, as those of the built-in formats."""

from typing import Any

import pytest

from mcn.core.errors import RuleError
from mcn.sales import services as sales
from mcn.sales.importers.layouts import Layout
from mcn.sales.models import EarningEvent, MappingVersion
from tests.agencies import World
from tests.sales.services.test_mappings import HEADER, LAYOUT, ROW, bring, changed, own_files

__all__ = ["own_files"]  # a fixture: every test here has folders of its own

REFUND_HEADER = ["单号", "退款单", "退款时间", "退款结果", "退款", "退佣金"]
REFUNDS = Layout(
    columns={
        "order_key": "单号", "part_key": "退款单", "refunded_at": "退款时间", "status": "退款结果", "set_base": "退款",
        "set_gross": "退佣金",
    },
    states={"成功": "refunded", "失败": "refund_failed"},
    net=True,
    rows="refunds",
)  # fmt: skip
ORDERS = changed(falls_elsewhere=True, net=True)


def make(name: str, layout: Layout, headers: list[str], platform: str = "other") -> MappingVersion:
    return sales.mapping_create(actor=None, name=name, platform=platform, layout=layout, headers=headers)


def money() -> list[Any]:
    events = EarningEvent.objects.order_by("original_period", "pk")
    return list(events.values_list("kind", "part_key", "original_period", "base_fen", "gross_fen", "fee_fen"))


def test_refunds_of_a_mapped_list_are_taken_back_once_whichever_file_comes_first(inside: World) -> None:
    make("订单", ORDERS, HEADER)
    make("退款", REFUNDS, REFUND_HEADER)
    refunds = [["A1", "R1", "2026-08-03 10:00:00", "成功", "40.00", "5.00"], ["A1", "R2", "", "失败", "1.00", "0.50"]]
    bring(inside, *refunds, header=REFUND_HEADER)
    bring(inside, ROW)
    bring(inside, [*ROW[:4], "没了", "0", "0", "x"])  # the order list says it again in its own way
    bring(inside, *refunds, header=REFUND_HEADER)
    assert money() == [
        ("settled", "", "2026-07", 10000, 1250, 0),
        ("clawback", "R1", "2026-08", -4000, -500, 0),
    ]


def test_no_list_of_refunds_stands_beside_an_order_list_that_falls(inside: World) -> None:
    with pytest.raises(RuleError) as caught:
        make("退款", REFUNDS, REFUND_HEADER, platform="douyin")
    assert caught.value.field == "rows"
    orders = make("订单", LAYOUT, HEADER)
    with pytest.raises(RuleError) as caught:
        make("退款", REFUNDS, REFUND_HEADER)
    assert caught.value.field == "rows"
    sales.mapping_change(actor=None, mapping=orders.mapping, layout=ORDERS, headers=HEADER)
    make("退款", REFUNDS, REFUND_HEADER)
    with pytest.raises(RuleError) as caught:
        sales.mapping_change(actor=None, mapping=orders.mapping, layout=LAYOUT, headers=HEADER)
    assert caught.value.field == "falls_elsewhere"


def test_phases_of_a_mapped_list_take_the_place_of_the_commission(inside: World) -> None:
    header = ["单号", "第几次", "到账", "佣金"]
    phases = Layout(
        columns={"order_key": "单号", "part_key": "第几次", "settled_at": "到账", "set_gross": "佣金"},
        net=True,
        rows="phases",
    )
    make("订单", changed(net=True), HEADER)
    make("分次", phases, header)
    bring(inside, ROW)
    bring(
        inside, ["A1", "1", "2026-07-20 10:00:00", "12.50"], ["A1", "2", "2026-08-02 10:00:00", "-2.50"], header=header
    )
    assert [(kind, month, base, gross) for kind, _part, month, base, gross, _fee in money()] == [
        ("settled", "2026-07", 10000, 1250),
        ("clawback", "2026-08", 0, -250),
    ]
