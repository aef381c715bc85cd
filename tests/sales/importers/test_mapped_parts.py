"""A column mapping reads refunds and phases as the built-in formats for them do."""

from pathlib import Path

import pytest

from mcn.sales.importers.layouts import Layout
from mcn.sales.importers.mapped import takes_refund_lists
from mcn.sales.importers.proposals import word_state
from tests.sales.own_list import mapped, without
from tests.sales.platform_files import MONEY, as_csv, read, rows_of, sample

REFUNDS = Layout(
    columns={
        "order_key": "c-tb_trade_parent_id", "line_key": "c-tb_trade_id", "part_key": "c-refund_suit_id",
        "status": "c-refund_status", "refunded_at": "c-tk_refund_time", "set_base": "c-refund_fee",
        "set_gross": "c-show_return_fee", "set_fee": "c-tk_commission_alimm_refund_fee",
    },
    states={
        **dict.fromkeys(("2", "12", "13"), "refunded"), **dict.fromkeys(("4", "11", "14"), "refund_pending"),
        **dict.fromkeys(("3", "15"), "refund_failed"),
    },
    rows="refunds",
)  # fmt: skip
PHASES = Layout(
    columns={
        "order_key": "c-order_id", "part_key": "c-phase_id", "account_key": "c-author_buyin_id",
        "set_gross": "c-settle_shop_commission", "set_fee": "c-settle_tech_service_fee",
        "set_holder": "c-settle_kol_commission", "set_agency": "c-settle_institution_commission",
        "settled_at": "c-settle_time", "changed_at": "c-update_time",
    },
    units=dict.fromkeys(("set_gross", "set_fee", "set_holder", "set_agency"), "fen"),
    rows="phases",
)  # fmt: skip
SAME = ["platform", "order_key", "line_key", "part_key", "account_key", "status", "settled_at", "changed_at", *MONEY]


@pytest.mark.parametrize(
    ("code", "layout", "platform"), [("taobao_refunds", REFUNDS, "taobao"), ("douyin_phases", PHASES, "douyin")]
)
def test_the_samples_of_the_built_in_formats_under_other_headers(code: str, layout: Layout, platform: str, tmp_path):
    header, *rows = rows_of(code)
    known = ["reward" not in name for name in header]  # a mapping adds no reward to the fee
    rows = [[cell if kept else "" for cell, kept in zip(row, known, strict=True)] for row in rows]
    (tmp_path / "known.csv").write_text(as_csv([header, *rows]))
    own = mapped(layout, [f"c-{name}" for name in header], platform=platform)
    (tmp_path / "own.csv").write_text(as_csv([[f"c-{name}" for name in header], *rows]))
    expected, *_ = read(tmp_path / "known.csv")
    lines, rejected, _ = read(tmp_path / "own.csv", own=[own])
    assert (lines.height, rejected.height) == (sample(code).read_text().count("\n") - 1, 0)
    assert lines.select(SAME).rows() == expected.select(SAME).rows()
    assert (own.parts, own.account_from) == (layout.rows, "order" if layout.rows == "refunds" else "id")


def test_what_a_refund_takes_back_has_no_sign_of_its_own(tmp_path: Path) -> None:
    header = ["单", "退单", "时间", "退款", "退佣"]
    layout = Layout(
        columns={"order_key": "单", "part_key": "退单", "refunded_at": "时间", "set_base": "退款", "set_gross": "退佣"},
        rows="refunds",
        net=True,
    )
    rows = [["A1", "1", "2026-07-01", "-10.00", "（2.00）"], ["A1", "2", "2026-07-02", "5.00", "1.00"]]
    (tmp_path / "own.csv").write_text(as_csv([header, *rows]))
    lines, _, _ = read(tmp_path / "own.csv", own=[mapped(layout, header, platform="other")])
    assert lines.select("part_key", "set_base", "set_gross", "set_fee").rows() == [
        ("1", -1000, -200, 0),
        ("2", -500, -100, 0),
    ]


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        (without(REFUNDS, "part_key"), "part_key"),
        (without(REFUNDS, "refunded_at"), "refunded_at"),
        (without(REFUNDS, "set_base"), "set_base"),
        (without(REFUNDS, "set_fee"), "set_fee"),
        (Layout(columns=REFUNDS.columns, rows="refunds", net=True), "set_fee"),
        (Layout(columns=REFUNDS.columns, rows="refunds", states={"2": "refund_failed"}), "status"),
        (Layout(columns=REFUNDS.columns, rows="refunds", units={"set_gross": "percent"}), "set_gross"),
        (without(PHASES, "settled_at"), "settled_at"),
        (Layout(columns=PHASES.columns, rows="heaps"), "rows"),
    ],
)  # fmt: skip
def test_what_keeps_such_a_layout_from_being_used(layout: Layout, place: str) -> None:
    assert place in layout.problems()


def test_refund_lists_are_for_platforms_whose_order_lists_do_not_fall() -> None:
    assert [name for name in ("douyin", "kuaishou", "taobao", "other") if takes_refund_lists(name)] == [
        "taobao",
        "other",
    ]


def test_the_words_of_refunds_are_proposed() -> None:
    words = ["维权创建", "等待处理", "维权成功", "维权失败", "?"]
    assert [word_state(word, "refunds") for word in words] == [
        "refund_pending", "refund_pending", "refunded", "refund_failed", "",
    ]  # fmt: skip
