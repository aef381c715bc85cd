"""A column mapping reads a file as a built-in format would: same lines, same refusals, for any layout."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.core.money import R, yuan
from mcn.sales.importers import FORMATS
from mcn.sales.importers.layouts import MEANINGS, Layout
from mcn.sales.importers.lines import normalise
from mcn.sales.reading.moments import WAYS
from mcn.sales.reading.rates import PARTS, UNITS
from tests.sales.own_list import HEADER, LAYOUT, ROW, mapped, of, without
from tests.sales.platform_files import ZONE, as_csv, read, rows_of, sample

# ── The samples of the built-in formats, with other headers ────────────────────────────────────────

COMMON = {
    "douyin_alliance": Layout(
        columns={
            "order_key": "订单id", "product_id": "商品id", "product_name": "商品名称", "account_name": "作者账号",
            "account_key": "抖音/火山号", "est_base": "支付金额", "est_gross": "预估佣金支出",
            "est_gross_2": "预估奖励佣金支出", "set_base": "结算金额", "set_gross": "实际佣金支出",
            "set_gross_2": "结算奖励佣金支出", "status": "订单状态", "paid_at": "付款时间", "received_at": "收货时间",
            "settled_at": "订单结算时间", "shop_name": "店铺名称", "quantity": "商品数量", "traffic": "流量来源",
        },
    ),
    "douyin_anchor": None,
    "taobao_union": Layout(
        columns={
            "order_key": "淘宝订单编号", "line_key": "淘宝子订单号", "account_name": "推广位名称",
            "paid_at": "付款时间", "settled_at": "结算时间", "product_name": "商品标题", "product_id": "商品ID",
            "shop_name": "店铺名称",
            "quantity": "商品数量", "status": "订单状态", "est_base": "付款金额", "est_gross": "付款预估收入",
            "est_fee": "技术服务费", "set_base": "结算金额", "set_gross": "结算预估收入", "set_fee": "技术服务费",
        },
    ),
    "taobao_live_estimate": None,
    "kuaishou_orders": Layout(
        columns={
            "order_key": "订单编号", "line_key": "商品ID", "product_id": "商品ID", "product_name": "商品名称",
            "status": "订单状态", "est_gross": "预估收入(元)", "est_base": "计佣金额(元)", "set_base": "计佣金额(元)",
            "set_gross": "结算金额(元)", "paid_at": "付款时间", "settled_at": "结算时间",
        },
        net=True,
    ),
    "kuaishou_api": Layout(
        columns={
            "order_key": "oid", "line_key": "itemId", "product_id": "itemId", "account_key": "distributorId",
            "status": "cpsOrderStatus", "est_base": "baseAmount", "set_base": "baseAmount",
            "est_gross": "estimatedIncome", "set_gross": "settlementAmount", "paid_at": "payTime",
            "settled_at": "settlementSuccessTime", "changed_at": "updateTime",
        },
        units=dict.fromkeys(("est_base", "set_base", "est_gross", "set_gross"), "fen"),
        times="auto",
        net=True,
        own_list=True,
    ),
    "pdd_duoduo": Layout(
        columns={
            "order_key": "order_sn", "product_id": "goods_id", "account_key": "p_id", "est_base": "order_amount",
            "set_base": "order_amount", "est_gross": "promotion_amount", "set_gross": "promotion_amount",
            "status": "order_status", "paid_at": "order_pay_time", "settled_at": "order_settle_time",
            "changed_at": "order_modify_at",
        },
        units=dict.fromkeys(("est_base", "set_base", "est_gross", "set_gross"), "fen"),
    ),
}  # fmt: skip
# What a mapping does not tell: marks of a platform's own, what nothing keeps, and how the row came about.
UNTOLD = ["row_hash", "flags", "est_holder"]


def own_columns(code: str) -> Layout:
    """A layout whose meanings are the format's own columns, for formats that combine none."""
    header = rows_of(code)[0]
    columns = {
        key.removesuffix("_text"): next(name for name in column.names if name in header)
        for key, column in FORMATS[code].columns.items()
        if key.removesuffix("_text") in MEANINGS and any(name in header for name in column.names)
    }
    return Layout(columns=columns)


@pytest.mark.parametrize("code", COMMON)
def test_a_sample_with_other_headers_gives_the_lines_of_its_format(code: str, tmp_path: Path) -> None:
    layout = COMMON[code] or own_columns(code)
    header, *rows = rows_of(code)
    renamed = [f"第{place}列" for place in range(len(header))]
    columns = {meaning: renamed[header.index(column)] for meaning, column in layout.columns.items()}
    (words,) = [column.words for column in FORMATS[code].columns.values() if column.words is not None]
    layout = Layout(**{**layout.as_json(), "columns": columns, "states": dict(words)})
    own = mapped(layout, renamed, platform=FORMATS[code].platform)
    path = tmp_path / "own.csv"
    path.write_text(as_csv([renamed, *rows]), "utf-8")

    lines, rejected, skipped = read(path, own=[own])
    expected, expected_rejected, expected_skipped = read(sample(code), format=code)
    untold = [
        *UNTOLD,
        *(name for name in ("received_at", "shop_name", "quantity", "product_name") if name not in columns),
    ]
    assert lines.drop(untold).rows(named=True) == expected.drop(untold).rows(named=True)
    assert rejected.drop("column").rows() == expected_rejected.drop("column").rows()
    assert skipped.rows() == expected_skipped.rows()
    assert own.authority == FORMATS[code].authority
    assert own.settled_states == FORMATS[code].settled_states


# ── Any layout ─────────────────────────────────────────────────────────────────────────────────────

OPTIONAL = sorted(MEANINGS.keys() - {"order_key", "paid_at", "set_base", "set_gross", "status", "traffic"})
WORDS = {
    "unpaid": "未付",
    "paid": "付了",
    "received": "收了",
    "settled": "结了",
    "reduced": "退了一些",
    "invalid": "退了",
}


@st.composite
def layouts(draw: Any) -> Layout:
    optional = set(draw(st.lists(st.sampled_from(OPTIONAL), unique=True)))
    if "line_key_2" in optional:
        optional.add("line_key")
    if {"est_gross", "est_gross_2"} & optional:
        optional |= {"est_gross", "est_base"}
    units = {
        meaning: draw(
            st.sampled_from(["yuan", "fen"] + (sorted(UNITS) if MEANINGS[meaning].kind == "commission" else []))
        )
        for meaning in [*optional, "set_base", "set_gross"]
        if MEANINGS[meaning].kind in ("amount", "commission")
    }
    optional -= {f"{kind}_gross_2" for kind in ("est", "set") if units.get(f"{kind}_gross") in UNITS}
    net = draw(st.booleans())
    if net:
        optional -= {"set_fee", "est_fee"}
    meanings = draw(st.permutations(["order_key", "paid_at", "set_base", "set_gross", "status", *sorted(optional)]))
    return Layout(
        columns={meaning: f"列 {place}" for place, meaning in enumerate(meanings)},
        units={meaning: unit for meaning, unit in units.items() if meaning in meanings},
        times=draw(st.sampled_from(WAYS)),
        states={word: state for state, word in WORDS.items()},
        net=net,
        own_list=draw(st.booleans()),
    )


AMOUNTS = st.integers(-(10**9), 10**9)
MOMENTS = st.integers(0, 10**6).map(lambda n: datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=n % 90_000))


@st.composite
def facts(draw: Any, layout: Layout, number: int) -> dict[str, Any]:
    """What one row says, by meaning: texts as they stand, fen, parts of a rate, moments."""
    said: dict[str, Any] = {"order_key": f"A{number}", "status": draw(st.sampled_from(sorted(WORDS)))}
    for meaning in layout.columns.keys() - said.keys():
        kind = MEANINGS[meaning].kind
        if kind in ("amount", "commission"):
            said[meaning] = draw(st.integers(0, PARTS) if layout.is_rate(meaning) else AMOUNTS)
        elif kind == "time":
            said[meaning] = draw(MOMENTS) if meaning == "paid_at" else draw(st.none() | MOMENTS)
        elif kind == "count":
            said[meaning] = draw(st.integers(0, 1000))
        else:
            said[meaning] = f"{meaning[:3]}-{draw(st.integers(0, 99))}"
    return said


def cell(layout: Layout, meaning: str, value: Any) -> str:
    """A fact as the layout writes it."""
    if value is None:
        return ""
    kind, unit = MEANINGS[meaning].kind, layout.unit(meaning.removesuffix("_2"))
    if meaning == "status":
        return WORDS[value]
    if kind == "time":
        local = value.astimezone(ZoneInfo(ZONE))
        written = {
            "auto": f"{local:%Y-%m-%d %H:%M:%S}", "ymd": f"{local:%Y/%m/%d %H:%M}", "dmy": f"{local:%d/%m/%Y %H:%M}",
            "mdy": f"{local:%m/%d/%Y %H:%M:%S}", "digits": f"{local:%Y%m%d%H%M%S}",
            "seconds": f"{value.timestamp():.0f}", "milliseconds": f"{value.timestamp() * 1000:.0f}",
        }  # fmt: skip
        days = (local.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001
        return written.get(layout.times) or f"{days:.10f}"
    if layout.is_rate(meaning) and kind == "commission":
        return f"{Decimal(value) / PARTS / UNITS[unit]:f}"
    if kind in ("amount", "commission"):
        return str(value) if unit == "fen" else yuan(value)
    return str(value)


def expected_line(layout: Layout, said: dict[str, Any]) -> dict[str, Any] | None:
    """The normalised line that a row has to give, reckoned one by one; None where the row is no sale."""
    if said["status"] == "unpaid":
        return None
    state = "settled" if said["status"] == "reduced" else said["status"]

    def gross(kind: str) -> int | None:
        value = said.get(f"{kind}_gross")
        if value is not None and layout.is_rate(f"{kind}_gross"):
            return R(Fraction(said[f"{kind}_base"] * value, PARTS))
        return None if value is None else value + said.get(f"{kind}_gross_2", 0)

    def money(kind: str, counts: bool) -> dict[str, int | None]:
        fee = 0 if layout.net else said.get(f"{kind}_fee")
        found = {f"{kind}_base": said.get(f"{kind}_base"), f"{kind}_gross": gross(kind), f"{kind}_fee": fee}
        if kind == "set":
            found |= {"set_holder": said.get("set_holder"), "set_agency": said.get("set_agency")}
        return {name: value if counts or value is None else 0 for name, value in found.items()}

    line: dict[str, Any] = {name: said.get(name) for name in ("account_key", "product_id", "shop_name", "room_id")}
    line |= {name: said.get(name) for name in ("product_name", "quantity", "account_name", "order_key")}
    line |= {name: said.get(name) for name in ("paid_at", "received_at", "settled_at", "refunded_at", "changed_at")}
    line["line_key"] = "-".join(said[name] for name in ("line_key", "line_key_2") if name in said) or said["order_key"]
    return line | {"status": state} | money("set", state == "settled") | money("est", state != "invalid")


@settings(max_examples=150)
@given(st.data())
def test_rows_written_by_a_layout_are_read_as_what_they_say(data: Any) -> None:
    layout = data.draw(layouts())
    said = [data.draw(facts(layout, number)) for number in range(data.draw(st.integers(1, 4)))]
    headers = [*layout.columns.values()]
    raw = pl.DataFrame(
        {
            "row_number": range(2, 2 + len(said)),
            **{
                column: [cell(layout, meaning, row[meaning]) for row in said]
                for meaning, column in layout.columns.items()
            },
        },
        schema={"row_number": pl.Int64, **dict.fromkeys(headers, pl.String)},
    )
    done = normalise(raw, own := mapped(layout, headers), {k: c.names[0] for k, c in own.columns.items()}, ZONE)
    assert done.rejected.rows() == []
    expected = [line for row in said if (line := expected_line(layout, row)) is not None]
    fields = [*expected[0]] if expected else ["order_key"]
    assert done.lines.select(fields).rows(named=True) == expected
    assert done.skipped["code"].to_list() == ["not_paid"] * (len(said) - len(expected))


# ── Single rules ───────────────────────────────────────────────────────────────────────────────────


def test_a_refunded_row_earns_nothing_and_a_partly_refunded_one_what_its_amounts_say(tmp_path: Path) -> None:
    rows = [HEADER, [*ROW], ["A2", *ROW[1:4], "没了", "100.00", "12.50", ""], ["A3", *ROW[1:4], "剩下", "40", "5", ""]]
    lines, _rejected, _skipped = of(LAYOUT, rows, tmp_path)
    found = lines.select("status", "set_base", "set_gross", "platform_status").rows()
    assert found == [("settled", 10000, 1250, "好了"), ("invalid", 0, 0, "没了"), ("settled", 4000, 500, "剩下")]


def test_a_word_that_nobody_explained_is_refused_at_its_cell(tmp_path: Path) -> None:
    _lines, rejected, _skipped = of(LAYOUT, [HEADER, ROW, ["A2", *ROW[1:4], "怪", "1", "1", ""]], tmp_path)
    assert rejected.rows() == [(3, "unknown_status", "状态", "怪")]


def test_a_settled_row_without_amount_is_refused_at_its_column(tmp_path: Path) -> None:
    _lines, rejected, _skipped = of(LAYOUT, [HEADER, [*ROW[:6], "", ""], ["A2", *ROW[1:5], "", "1", ""]], tmp_path)
    assert [row[1:3] for row in rejected.rows()] == [("amount_missing", "佣金"), ("amount_missing", "基数")]


def test_a_nickname_does_not_stand_in_for_an_empty_id(tmp_path: Path) -> None:
    layout = Layout(**{**LAYOUT.as_json(), "columns": {**LAYOUT.columns, "account_name": "备注列"}})
    lines, _rejected, _skipped = of(layout, [HEADER, ROW, ["A2", "-", *ROW[2:]]], tmp_path)
    assert lines.select("account_key", "account_name").rows() == [("acc-1", "x"), (None, None)]


@pytest.mark.parametrize(
    ("without_status", "states"),
    [("settled", ["settled", "settled"]), ("settled_time", ["settled", "paid"]), ("paid", ["paid", "paid"])],
)
def test_without_a_status_column(tmp_path: Path, without_status: str, states: list[str]) -> None:
    layout = without(LAYOUT, "status", states={}, without_status=without_status)
    lines, _rejected, _skipped = of(layout, [HEADER, ROW, ["A2", *ROW[1:3], "", *ROW[4:]]], tmp_path)
    assert lines["status"].to_list() == states


def test_a_file_of_which_nothing_is_settled_neither_gives_nor_takes_settled_money(tmp_path: Path) -> None:
    layout = without(LAYOUT, "status", states={}, without_status="paid")
    own = mapped(layout, HEADER)
    lines, _rejected, _skipped = of(layout, [HEADER, ROW], tmp_path)
    assert (own.authority, own.settled_states) == (0, ())
    assert lines.select("set_base", "set_gross", "set_fee").rows() == [(None, None, None)]


def test_two_columns_name_the_line_together(tmp_path: Path) -> None:
    layout = Layout(**{**LAYOUT.as_json(), "columns": {**LAYOUT.columns, "line_key": "主播号", "line_key_2": "备注列"}})
    rows = [HEADER, ROW, [*ROW[:7], ""], ["A1", "a" * 60, *ROW[2:7], "b" * 10]]
    lines, rejected, _skipped = of(layout, rows, tmp_path)
    assert lines["line_key"].to_list() == ["acc-1-x"]
    assert rejected["code"].to_list() == ["key_missing", "key_too_long"]


def test_a_header_that_stands_twice_is_mapped_by_its_place(tmp_path: Path) -> None:
    header = [*HEADER[:6], "金额", "金额"]
    layout = Layout(**{**LAYOUT.as_json(), "columns": {**LAYOUT.columns, "set_gross": "金额 (8)"}})
    path = tmp_path / "own.csv"
    path.write_text(as_csv([header, [*ROW[:6], "1", "2"]]), "utf-8")
    lines, _rejected, _skipped = read(path, own=[mapped(layout, [*header[:7], "金额 (8)"])])
    assert lines["set_gross"].to_list() == [200]


def test_a_taobao_line_is_named_by_its_sub_order_as_in_the_platforms_own_lists() -> None:
    layout = Layout(**{**LAYOUT.as_json(), "columns": {**LAYOUT.columns, "line_key": "备注列"}})
    assert mapped(layout, HEADER, platform="taobao").line_named_by == "sub_order"
    assert mapped(layout, HEADER, platform="douyin").line_named_by == ""


def test_built_in_formats_come_first(tmp_path: Path) -> None:
    header = rows_of("douyin_alliance")[0]
    layout = Layout(**{**COMMON["douyin_alliance"].as_json(), "states": {"订单结算": "invalid", "订单付款": "settled"}})
    own = [mapped(layout, header)]
    assert read(sample("douyin_alliance"), own=own)[0].equals(read(sample("douyin_alliance"))[0])
    assert not read(sample("douyin_alliance"), own=own, format="mapped:1:1")[0].equals(
        read(sample("douyin_alliance"))[0]
    )
