"""What the columns of an unknown file probably mean, judged by the names that the known formats have for theirs.

Proposals only: a person looks at every one of them before anything is read by them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import polars as pl

from mcn.sales.importers.formats import SalesFormat, normal_header
from mcn.sales.importers.layouts import MEANINGS, STATES, Layout
from mcn.sales.importers.registry import FORMATS
from mcn.sales.importers.trial import Sample
from mcn.sales.reading import cells
from mcn.sales.reading.cells import tidy
from mcn.sales.reading.moments import AUTOMATIC

# What the formats' own columns, which they combine into the normalised ones, come nearest to.
_OWN_COLUMNS: Final = {
    "est_commission": "est_gross",
    "set_commission": "set_gross",
    "est_reward": "est_gross_2",
    "set_reward": "set_gross_2",
    "fee": "set_fee",
    "base": "set_base",
    "commission": "set_gross",
    "nickname": "account_name",
    "buyin_id": "account_key",
    "traffic_source": "traffic",
    "order_state": "status",
    "code": "status",
    "service_net": "set_agency",
}
# Parts of headers of agencies' own lists, looked for in this order where no format has the header.
_HINTS: Final = (
    ("order_key", ("子订单", "订单编号", "订单号", "订单id", "orderid", "ordersn", "orderno", "单号", "订单")),
    ("line_key", ("子订单", "子单", "明细号", "规格id", "skuid", "subid", "行号")),
    ("account_key", ("主播id", "达人id", "账号id", "抖音号", "uid", "authorid", "anchorid")),
    ("account_name", ("主播", "达人", "昵称", "账号", "author", "anchor")),
    ("status", ("订单状态", "结算状态", "状态", "status")),
    (
        "paid_at",
        ("付款时间", "支付时间", "下单时间", "成交时间", "付款日", "支付日", "下单日", "成交日")
        + ("paytime", "paidat", "ordertime"),
    ),
    ("received_at", ("收货时间", "receivetime")),
    ("settled_at", ("结算时间", "结算日", "结清时间", "结清日", "settletime", "settledat")),
    ("refunded_at", ("退款时间", "refundtime")),
    ("changed_at", ("更新时间", "修改时间", "updatetime", "updatedat", "modifytime")),
    ("set_base", ("结算金额", "计佣金额", "结算基数", "settledbase", "settledamount")),
    (
        "est_base",
        ("预估计佣", "支付金额", "成交金额", "付款金额", "实付", "销售额", "成交额", "payamount", "baseamount"),
    ),
    ("est_gross", ("预估佣金", "预估收入", "预计佣金", "预估服务费收入", "estimatedcommission")),
    (
        "set_gross",
        (
            "结算佣金",
            "实际佣金",
            "实际服务费收入",
            "佣金收入",
            "佣金比例",
            "佣金率",
            "佣金",
            "commissionrate",
            "commission",
        ),
    ),
    ("set_fee", ("技术服务费", "平台服务费", "平台扣", "servicefee", "platformfee")),
    ("product_id", ("商品id", "货号", "productid", "itemid", "goodsid")),
    ("product_name", ("商品名称", "商品标题", "商品", "productname", "title")),
    ("shop_name", ("店铺", "商家", "shopname")),
    ("quantity", ("数量", "件数", "quantity")),
    ("room_id", ("直播间id", "场次id", "roomid")),
)
# What the pages of Douyin call the parts of a commission after the platform's fee; together they are all of it.
_PARTS_AFTER_FEE: Final = {
    "set_gross": "结算佣金收入-机构",
    "set_gross_2": "结算佣金收入-达人",
    "set_agency": "结算佣金收入-机构",
    "set_holder": "结算佣金收入-达人",
    "est_gross": "预估佣金收入-机构",
    "est_gross_2": "预估佣金收入-达人",
}
_NO_NAMES = ("补贴", "金额", "佣金", "收入", "费")
_DAY_AND_MONTH = "^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.][0-9]{4}"
_RATE_WORDS = ("比例", "比率", "佣金率", "点数", "点位", "rate", "ratio")
# Parts of status words, the first that fits counts.
_WORDS: Final = (
    ("unpaid", ("待付款", "未付款", "待支付", "未支付", "unpaid")),
    ("reduced", ("部分退",)),
    ("invalid", ("退", "失效", "取消", "关闭", "无效", "refund", "cancel", "invalid", "closed")),
    ("received", ("待结算", "未结算")),
    ("settled", ("结算", "结清", "已出账", "settle")),
    ("received", ("收货", "完成", "成功", "签收", "receive", "confirm", "finish", "complete", "success")),
    ("shipped", ("发货", "ship", "deliver")),
    ("paid", ("付款", "支付", "下单", "paid", "pay")),
)
_REFUND_WORDS: Final = (
    ("refund_pending", ("创建", "等待", "处理中", "待处理", "申请")),
    ("refund_failed", ("失败", "拒绝", "驳回", "关闭", "取消", "撤销")),
    ("refunded", ("成功", "完成", "已退")),
)


def header_row(preview: Sequence[Sequence[str]]) -> int:
    """The row of a preview that is probably the header: the one with the most headers that some format knows, else
    with the most different cells that are no numbers.
    """

    def likeness(row: Sequence[str]) -> tuple[int, int]:
        headers = {_without_unit(cell) for cell in row} - {""}
        texts = [header for header in headers if not any(char.isdigit() for char in header)]
        return sum(header in _known() for header in headers), len(texts)

    return max(range(len(preview)), key=lambda place: (likeness(preview[place]), -place), default=0)


def proposed(sample: Sample) -> tuple[Layout, str]:
    """What the columns of a sample probably mean, and its probable platform ("" where nothing tells)."""
    columns, units, platforms = dict[str, str](), dict[str, str](), Counter[str]()
    for header in sample.columns:
        for platform, meaning, is_fen in _known().get(_without_unit(header), ()):
            platforms[platform] += 1
            if meaning not in columns and header not in columns.values():
                columns[meaning] = header
                if is_fen:
                    units[meaning] = "fen"
    net = set(_PARTS_AFTER_FEE.values()) <= set(sample.columns)
    if net:
        columns |= _PARTS_AFTER_FEE
        columns.pop("set_fee", None)
    for meaning, hints in _HINTS:
        if meaning not in columns and not (net and meaning == "set_fee"):
            left = [header for header in sample.columns if header not in columns.values()]
            if meaning == "account_name":
                left = [header for header in left if not any(word in header for word in _NO_NAMES)]
            found = next((header for hint in hints for header in left if hint in _squeezed(header)), None)
            if found is not None:
                columns[meaning] = found
    _complete(columns, units)
    words = [word for word, _count in sample.words(columns["status"])] if "status" in columns else []
    without = "" if words else "settled_time" if "settled_at" in columns else ""
    if not words:
        columns.pop("status", None)
    (platform, matches), *_ = platforms.most_common(1) or [("", 0)]
    states = {word: state for word in words if (state := word_state(word))}
    times = _way(sample, columns["paid_at"]) if "paid_at" in columns else AUTOMATIC
    layout = Layout(columns=columns, units=units, times=times, states=states, without_status=without, net=net)
    return layout, platform if matches > 2 else ""


def known_format(headers: Sequence[str]) -> SalesFormat | None:
    """The built-in format that files with these headers are read by, if there is one."""
    there = {normal_header(header) for header in headers}
    for layout in FORMATS.values():
        required = [column for column in layout.columns.values() if column.required]
        if all(there & {normal_header(name) for name in column.names} for column in required):
            return layout
    return None


def word_state(word: str, rows: str = "lines") -> str:
    """What a status word probably means, a key of `layouts.states_of(rows)`; "" where nothing tells."""
    if rows == "refunds":
        return next((state for state, hints in _REFUND_WORDS if any(hint in word for hint in hints)), "")
    known = _known_words().get(word)
    return known or next((state for state, hints in _WORDS if any(hint in word.casefold() for hint in hints)), "")


def _complete(columns: dict[str, str], units: dict[str, str]) -> None:
    """A commission needs a base, and what says „rate” is one."""
    for kind, other in (("set", "est"), ("est", "set")):
        gross, base = columns.get(f"{kind}_gross"), f"{kind}_base"
        if gross is None:
            columns.pop(f"{kind}_gross_2", None)
            continue
        if base not in columns and f"{other}_base" in columns:
            columns[base] = columns[f"{other}_base"]
            if f"{other}_base" in units:
                units[base] = units[f"{other}_base"]
        if any(word in _squeezed(gross) for word in _RATE_WORDS):
            units[f"{kind}_gross"] = "percent"
    if units.get("set_gross") == "percent" and "est_base" in columns and "est_gross" not in columns:
        columns["est_gross"], units["est_gross"] = columns["set_gross"], "percent"
    for meaning, header in columns.items():
        if MEANINGS[meaning].kind in ("amount", "commission") and "(分)" in normal_header(header):
            units[meaning] = "fen"


def _way(sample: Sample, column: str) -> str:
    """How times are written, where a number above 12 tells the day from the month; else as they stand."""
    parts = tidy(sample.raw[column]).str.extract_groups(_DAY_AND_MONTH).struct
    first, second = (parts.field(place).cast(pl.Int64).is_between(13, 31).any() for place in ("1", "2"))
    return AUTOMATIC if first == second else "dmy" if first else "mdy"


def _without_unit(header: str) -> str:
    return normal_header(header).removesuffix("(元)").removesuffix("(分)")


def _squeezed(header: str) -> str:
    return normal_header(header).replace("_", "")


@cache
def _known() -> dict[str, list[tuple[str, str, bool]]]:
    """Header without blanks and unit → (platform, meaning, whether the amount is in fen) in the built-in formats."""
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for layout in FORMATS.values():
        if layout.parts:
            continue
        for key, column in layout.columns.items():
            meaning = _OWN_COLUMNS.get(key, key)
            if meaning in MEANINGS:
                for name in column.names:
                    told = (layout.platform, meaning, column.read is cells.parse_fen)
                    found.setdefault(_without_unit(name), []).append(told)
    return found


@cache
def _known_words() -> dict[str, str]:
    """Words that all built-in formats which have them take for the same state; numbers mean something else in each."""
    told: dict[str, set[str]] = {}
    columns: Iterable = (column for layout in FORMATS.values() for column in layout.columns.values())
    for column in columns:
        for word, state in (column.words or {}).items():
            told.setdefault(word, set()).add(state)
    agreed = {word: next(iter(states)) for word, states in told.items() if len(states) == 1 and not word.isdigit()}
    return {word: state for word, state in agreed.items() if state in STATES}
