"""The demo's platform files, written as the platforms write them (docs/platform-money.md names the columns)."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

from mcn.core.money import R, yuan
from mcn.settlements.demo.orders import BEIJING, Order

Row = dict[str, str]


@dataclass(frozen=True)
class PlatformFile:
    """A file as somebody would upload it. `account_id` is given with it where the file names no account."""

    name: str
    content: bytes
    exported_at: datetime
    account_id: str = ""


def _clock(moment: datetime, until: datetime, *, form: str = "%Y-%m-%d %H:%M:%S", empty: str = "-") -> str:
    """A time in Beijing, or what the platform writes for what has not happened yet."""
    return moment.astimezone(BEIJING).strftime(form) if moment <= until else empty


def _percent(rate: Decimal) -> str:
    return f"{rate * 100:.2f}%"


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[Row]) -> bytes:
    """Every cell as text, as the platform's own export; no clock of this machine in it."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": datetime(2026, 6, 1, tzinfo=BEIJING).replace(tzinfo=None)})
    sheet = book.add_worksheet("订单明细")
    for number, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *rows]):
        sheet.write_row(number, 0, list(row.values()))
    book.close()
    return target.getvalue()


# ── Douyin 精选联盟, 47 columns ────────────────────────────────────────────────────────────────────

DOUYIN_STATES = {"paid": "订单付款", "received": "订单收货", "settled": "订单结算", "invalid": "订单退货退款"}


def _douyin(order: Order, until: datetime) -> Row:
    state = order.state(until)
    settled_fen = order.base_fen(until) if state == "settled" else 0
    named = bool(order.stream.account_id)
    traffic = "直播" if order.live else "橱窗"
    return {
        "订单id": f"{6990000000000000000 + order.number}\t",
        "商品id": f"{order.product.id_on('douyin')}\t",
        "商品名称": order.product.name,
        "作者账号": order.stream.name,
        "抖音/火山号": order.stream.account_id or "-",
        "支付金额": yuan(order.paid_fen),
        "佣金率": _percent(order.product.commission_rate),
        "预估佣金支出": yuan(order.commission_fen(order.paid_fen)),
        "结算金额": yuan(settled_fen),
        "实际佣金支出": yuan(order.commission_fen(settled_fen)),
        "订单状态": DOUYIN_STATES[state],
        "超时未结算原因": "",
        "付款时间": _clock(order.paid_at, until),
        "收货时间": _clock(order.received_at, until),
        "订单结算时间": _clock(order.settled_at, until) if settled_fen else "-",
        "商品来源": "-",
        "尾款支付时间": "",
        "定金金额": "0.00",
        "店铺id": f"{200000000 + order.product.number}\t",
        "店铺名称": order.product.shop,
        "商品数量": str(order.quantity),
        "佣金发票": "是",
        "冻结比例": "0%",
        "是否阶梯佣金": "否",
        "门槛销量": "",
        "基础佣金率": "",
        "升佣佣金率": "",
        "预估奖励佣金支出": "0.00",
        "结算奖励佣金支出": "0.00",
        "阶梯计划ID": "",
        **dict.fromkeys(("支付补贴", "平台补贴", "达人补贴", "运费", "税费", "运费补贴"), "0.00"),
        "分销来源": "" if named else "抖客",
        "营销活动id": "",
        "推广费率": "0.00%",
        "推广技术服务费": "0.00",
        "预估推广费支出": "0.00",
        "结算推广费支出": "0.00",
        "佣金类型": "指定达人佣金" if named else "其他",
        "订单来源": "抖音",
        "流量细分来源": traffic,
        "流量来源": traffic,
        "订单类型": "非商品卡",
    }


# ── WeChat 优选联盟, field names of the league API, fen and epoch seconds ──────────────────────────

WECHAT_STATES = {"paid": ("20", "30"), "received": ("20", "100"), "settled": ("100", "100"), "invalid": ("200", "200")}
SERVICE_RATE, PLATFORM_RATE = Decimal("0.05"), Decimal("0.10")


def _wechat(order: Order, until: datetime) -> Row:
    state = order.state(until)
    base = order.base_fen(until)
    service = R(base * SERVICE_RATE)
    platform = R(service * PLATFORM_RATE)
    commission_status, order_status = WECHAT_STATES[state]
    in_session = order.live and order.stream.account_id == "finder-xiaolu"
    return {
        "order_id": str(3720000000000000000 + order.number),
        "sku_id": str(3700000000 + order.product.number),
        "commission_status": commission_status,
        "order_status": order_status,
        "shop_name": order.product.shop,
        "product_id": order.product.id_on("wechat"),
        "title": order.product.name,
        "product_cnt": str(order.quantity),
        "actual_payment": str(base),
        "openfinderid": order.stream.account_id,
        "finder_nickname": order.stream.name,
        "finder_ratio": str(int(order.product.commission_rate * 1_000_000)),
        "finder_amount": str(order.commission_fen(base)),
        "talent_nickname": "",
        "talent_ratio": "0",
        "talent_amount": "0",
        "service_ratio": str(int(SERVICE_RATE * 1_000_000)),
        "service_total_amount": str(service),
        "platform_amount": str(platform),
        "service_amount": str(service - platform),
        "room_id": "7370000000000000004" if in_session and _on_session_night(order) else "",
        "pay_time": str(int(order.paid_at.timestamp())),
        "create_time": str(int(order.paid_at.timestamp())),
        "update_time": str(int(order.changed_at(until).timestamp())),
        "profit_sharding_suc_time": str(int(order.settled_at.timestamp())) if state == "settled" else "0",
    }


def _on_session_night(order: Order) -> bool:
    return order.paid_at.astimezone(BEIJING).strftime("%m-%d %H") in {"06-20 19", "06-20 20", "06-20 21"}


# ── Taobao 淘宝联盟, 38 columns, and its 维权 list ──────────────────────────────────────────────────

TAOBAO_STATES = {"paid": "已付款", "received": "已收货", "settled": "已结算", "invalid": "已失效"}
TAOBAO_TIME = "%Y/%m/%d %H:%M:%S"
TAOBAO_FEE_RATE = Decimal("0.10")


def _taobao(order: Order, until: datetime) -> Row:
    state = order.state(until, later_refunds=False)
    base = order.base_fen(until, later_refunds=False)
    settled = base if state == "settled" else 0
    commission = order.commission_fen(settled)
    estimate = 0 if state == "invalid" else order.commission_fen(order.paid_fen)
    number = str(2090000000000000000 + order.number)
    rate = _percent(order.product.commission_rate)
    return {
        "序号": str(order.number),
        "创建时间": _clock(order.paid_at, until, form=TAOBAO_TIME),
        "付款时间": _clock(order.paid_at, until, form=TAOBAO_TIME),
        "结算时间": _clock(order.settled_at, until, form=TAOBAO_TIME, empty="") if settled else "",
        "商品标题": order.product.name,
        "掌柜旺旺": order.product.shop,
        "店铺名称": order.product.shop,
        "商品ID": order.product.id_on("taobao"),
        "商品数量": str(order.quantity),
        "商品单价": yuan(order.product.price_fen),
        "付款金额": yuan(order.paid_fen),
        "类目名称": "其他",
        "淘宝订单编号": number,
        "淘宝子订单号": number,
        "订单状态": TAOBAO_STATES[state],
        "订单类型": "天猫",
        "结算金额": yuan(settled) if settled else "",
        "佣金比率": rate,
        "佣金金额": yuan(commission),
        "补贴比率": "0.00%",
        "补贴金额": "0.00",
        "收入比率": rate,
        "提成": rate,
        "技术服务费率": _percent(TAOBAO_FEE_RATE),
        "技术服务费": yuan(R((commission if settled else estimate) * TAOBAO_FEE_RATE)),
        "付款预估收入": yuan(estimate),
        "结算预估收入": yuan(commission),
        "产品类型": "直播",
        "推广者身份": "二方",
        "媒体名称": "星河媒体",
        "推广位名称": order.stream.name,
        "维权标签": "维权" if any(refund.at > order.settled_at for refund in order.refunds) else "--",
        "专项服务费率": "0.00%",
        "预估专项服务费": "0.00",
        "结算专项服务费": "0.00",
        "定金付款时间": "--",
        "定金淘宝付款时间": "--",
        "定金付款金额": "--",
    }


def _taobao_refunds(orders: Iterable[Order], since: datetime | None, until: datetime) -> list[Row]:
    rows = []
    for order in orders:
        for refund in order.refunds:
            if refund.at <= order.settled_at or refund.at > until or (since and refund.at <= since):
                continue
            returned = order.commission_fen(refund.fen)
            number = str(2090000000000000000 + order.number)
            rows.append(
                {
                    "tb_trade_parent_id": number,
                    "tb_trade_id": number,
                    "refund_suit_id": str(5000000000 + refund.number),
                    "refund_status": "2",
                    "earning_time": _clock(order.settled_at, until),
                    "tk_refund_suit_time": _clock(refund.at, until),
                    "tk_refund_time": _clock(refund.at, until),
                    "tb_trade_finish_price": yuan(order.paid_fen),
                    "refund_fee": yuan(refund.fen),
                    "pub_share_fee": yuan(order.commission_fen(order.paid_fen)),
                    "tk_commission_fee_refund": yuan(returned),
                    "tk_subsidy_fee_refund": "0.00",
                    "tk_commission_alimm_refund_fee": yuan(R(returned * TAOBAO_FEE_RATE)),
                    "show_return_fee": yuan(returned),
                }
            )
    return rows


# ── Kuaishou 快分销; the file does not name its account ────────────────────────────────────────────

KUAISHOU_STATES = {"paid": "已付款", "received": "已收货", "settled": "已结算", "invalid": "已失效"}
KUAISHOU_SHARE = Decimal("0.90")


def _kuaishou(order: Order, until: datetime) -> Row:
    state = order.state(until)
    base = order.base_fen(until)
    income = R(order.commission_fen(base) * KUAISHOU_SHARE)
    estimate = R(order.commission_fen(order.paid_fen) * KUAISHOU_SHARE)
    sent = state in {"received", "settled"}
    return {
        "下单时间": _clock(order.paid_at, until),
        "发货时间": "-",
        "是否发货": "已发货" if sent else "未发货",
        "收货时间": _clock(order.received_at, until),
        "订单编号": str(2614000000000000 + order.number),
        "商品ID": order.product.id_on("kuaishou"),
        "商品名称": order.product.name,
        "赠品信息": "-",
        "订单状态": KUAISHOU_STATES[state],
        "订单类型": "快分销",
        "订单金额(元)": yuan(order.paid_fen),
        "佣金比率": _percent(order.product.commission_rate),
        "MCN 机构金额": yuan(R(estimate * Decimal("0.2"))),
        "预估收入(元)": yuan(estimate),
        "计佣金额(元)": yuan(base),
        "分成比例": _percent(KUAISHOU_SHARE),
        "技术服务费(元)": yuan(order.commission_fen(base) - income),
        "出让比率": "-",
        "出让金额": "-",
        "推广位": "-",
        "商家ID": str(300000000 + order.product.number),
        "商家昵称": order.product.shop,
        "付款时间": _clock(order.paid_at, until),
        "结算时间": _clock(order.settled_at, until) if state == "settled" else "-",
        "结算金额(元)": yuan(income) if state == "settled" else "-",
        "商品数量": str(order.quantity),
    }


# ── All files of one export ───────────────────────────────────────────────────────────────────────

Build = Callable[[Order, datetime], Row]


def files(orders: Sequence[Order], *, since: datetime | None, until: datetime) -> list[PlatformFile]:
    """What somebody downloads at `until`: every order paid or changed since the former download."""
    stamp = until.astimezone(BEIJING).strftime("%Y%m%d")
    made: list[PlatformFile] = []

    def add(name: str, rows: list[Row], write: Callable[[Sequence[Row]], bytes], account_id: str = "") -> None:
        if rows:
            made.append(PlatformFile(name, write(rows), until, account_id))

    def rows(platform: str, build: Build, account_id: str | None = None) -> list[Row]:
        return [
            build(order, until)
            for order in orders
            if order.stream.platform == platform
            and account_id in (None, order.stream.account_id)
            and order.paid_at <= until
            and (since is None or order.changed_at(until) > since)
        ]

    as_book: dict[str, Any] = {"suffix": "csv", "write": _csv} if since else {"suffix": "xlsx", "write": _xlsx}
    add(f"抖音精选联盟_{stamp}.{as_book['suffix']}", rows("douyin", _douyin), as_book["write"])
    add(f"视频号优选联盟_{stamp}.csv", rows("wechat", _wechat), _csv)
    taobao = [order for order in orders if order.stream.platform == "taobao"]
    add(f"淘宝联盟订单_{stamp}.csv", rows("taobao", _taobao), _csv)
    add(f"淘宝联盟维权_{stamp}.csv", _taobao_refunds(taobao, since, until), _csv)
    for account_id in sorted({order.stream.account_id for order in orders if order.stream.platform == "kuaishou"}):
        add(f"快分销_{account_id}_{stamp}.csv", rows("kuaishou", _kuaishou, account_id), _csv, account_id)
    return made
