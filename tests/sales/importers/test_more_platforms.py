"""JD, Pinduoduo and Xiaohongshu, and the shop's own list of WeChat."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mcn.sales.importers import open_sales_file
from mcn.sales.importers.formats import is_personal
from tests.sales.platform_files import MONEY, ZONE, as_csv, column, read, rows_of, sample, utc, with_cell


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


def test_jd_orders():
    lines, _, _ = read(sample("jd_union"), exported_at=at("2026-06-01 00:00"))
    assert lines.select(MONEY).rows() == [
        (9900, 891, None, None, 0, 0, None, None),
        (11980, 2156, None, None, 0, 0, None, None),  # will be paid out on 20 June
        (4900, 441, None, None, 0, 0, None, None),  # completed, no day of payment yet
        (20000, 900, None, None, 20000, 900, None, None),
        (0, 0, None, None, 0, 0, None, None),
        (88800, 2397, None, None, 0, 0, None, None),
    ]
    assert column(lines, "status") == ["paid", "received", "received", "settled", "invalid", "paid"]
    assert column(lines, "platform_status") == ["16", "17", "17", "18", "3", "24"]
    assert column(lines, "order_key")[0] == "300000000001"
    assert column(lines, "line_key")[0] == "100001"
    assert column(lines, "quantity")[1] == 2
    assert column(lines, "settled_at") == [None, None, None, utc(2026, 4, 20, 15, 59, 59), None, None]
    assert column(lines, "changed_at")[1] == utc(2026, 5, 12, 2)
    assert column(lines, "account_key") == [None] * 6


@pytest.mark.parametrize(
    ("exported_at", "status", "money", "settled_at"),
    [
        (None, "received", (0, 0), None),
        ("2026-06-19 12:00", "received", (0, 0), None),
        ("2026-06-20 23:59", "received", (0, 0), None),
        ("2026-06-21 00:00", "settled", (5990, 1078), utc(2026, 6, 20, 15, 59, 59)),
        ("2027-01-01 00:00", "settled", (5990, 1078), utc(2026, 6, 20, 15, 59, 59)),
    ],
)
def test_a_jd_order_is_settled_once_the_day_of_payment_is_over(exported_at, status, money, settled_at):
    lines, _, _ = read(sample("jd_union"), exported_at=exported_at and at(exported_at))
    line = lines.row(1, named=True)
    assert (line["status"], (line["set_base"], line["set_gross"]), line["settled_at"]) == (status, money, settled_at)


@pytest.mark.parametrize(
    ("code", "status"), [("2", "invalid"), ("13", "invalid"), ("25", "invalid"), ("28", "invalid"), ("17", "settled")]
)
def test_jd_codes(code, status, tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("jd_union"), 3, "validCode", code)))
    lines, _, _ = read(tmp_path / "a.csv", exported_at=at("2026-07-01 00:00"))
    line = lines.row(1, named=True)
    assert line["status"] == status
    assert line["set_gross"] == (1078 if status == "settled" else 0)


def test_unpaid_and_unknown_jd_orders(tmp_path):
    rows = with_cell(with_cell(rows_of("jd_union"), 2, "validCode", "15"), 3, "validCode", "-1")
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, skipped = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [4, 5, 6, 7]
    assert rejected.rows() == [(3, "unknown_status", "validCode", "-1")]
    assert skipped.rows() == [(2, "not_paid", None, None)]


def test_pinduoduo_orders():
    lines, _, _ = read(sample("pdd_duoduo"))
    nothing, given = (0, 0, None, None), (None, None)
    assert lines.select(MONEY).rows() == [
        (9900, 1485, *given, *nothing),
        (None, None, *given, 5990, 1198, None, None),
        (4980, 498, *given, *nothing),
        (12900, 1935, *given, *nothing),
        (6900, 1380, *given, *nothing),
        (0, 0, *given, *nothing),
        (0, 0, *given, *nothing),
        (0, 0, *given, *nothing),
    ]
    assert column(lines, "status") == ["paid", "settled", "paid", "received", "received", *["invalid"] * 3]
    assert lines["order_key"].to_list() == lines["line_key"].to_list()
    assert column(lines, "order_key")[0] == "260520-000000000000001"
    assert column(lines, "account_key") == ["40000001_300000001"] * 8
    assert column(lines, "settled_at")[:2] == [None, utc(2026, 5, 25, 2)]
    assert column(lines, "changed_at")[0] == utc(2026, 5, 20, 13, 26)


def test_pinduoduo_orders_without_a_position_and_unpaid_ones(tmp_path):
    rows = [row[:1] + row[2:] for row in with_cell(rows_of("pdd_duoduo"), 2, "order_status", "-1")]
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, skipped = read(tmp_path / "a.csv")
    assert column(lines, "account_key") == [None] * 7
    assert rejected.is_empty()
    assert skipped.rows() == [(2, "not_paid", None, None)]


def test_the_order_list_of_pinduoduo_s_pages_has_estimates_only():
    lines, _, _ = read(sample("pdd_list"))
    nothing = (None,) * 6
    assert lines.select(MONEY).rows() == [
        (9900, 1485, *nothing),
        (5990, 1198, *nothing),  # settled, but at what is for the other list to say
        (12900, 1935, *nothing),
        (0, 0, *nothing),
    ]
    assert column(lines, "status") == ["paid", "received", "received", "invalid"]
    assert column(lines, "paid_at")[0] == utc(2026, 5, 20, 13, 25, 25)
    known, _, _ = read(sample("pdd_duoduo"))
    assert lines.head(2).select("order_key", "line_key", "account_key").rows() == (
        known.head(2).select("order_key", "line_key", "account_key").rows()
    )


def test_xiaohongshu_orders():
    lines, _, _ = read(sample("xhs_buyer"))
    nothing = (None,) * 6
    assert lines.select(MONEY).rows() == [
        (6900, 2415, *nothing),  # what the shop received, not the 68.04 that were paid
        (12900, 2580, *nothing),
        (3900, 780, *nothing),
        (0, 0, *nothing),
    ]
    assert column(lines, "status") == ["paid"] * 4
    assert column(lines, "platform_status") == ["已发货", "已完成", "已完成", "已取消"]
    assert column(lines, "order_key")[1:3] == ["P790000000000000102"] * 2
    assert column(lines, "line_key")[1:3] == ["66f000000000000000000002", "66f000000000000000000003"]
    assert column(lines, "account_key")[3] == "5f0000000000000000000002"
    assert column(lines, "account_name")[3] == "示例达人己"


def test_xiaohongshu_header_in_half_width_and_unpaid_orders(tmp_path):
    rows = with_cell(rows_of("xhs_buyer"), 5, "支付时间", "-")
    rows[0][rows[0].index("有效销售金额（计佣金额）")] = "有效销售金额(计佣金额)"
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, skipped = read(tmp_path / "a.csv")
    assert column(lines, "est_base") == [6900, 12900, 3900]
    assert rejected.is_empty()
    assert skipped.rows() == [(5, "not_paid", None, None)]


def test_wechat_shop_orders():
    lines, _, _ = read(sample("wechat_shop"))
    nothing = (0, 0, None, None)
    assert lines.select(MONEY).rows() == [
        (19900, 3980, None, None, *nothing),
        (None, None, None, None, 4990, 1197, None, None),  # 49.90 received, though 46.90 were paid
        (0, 0, None, None, *nothing),
        (16900, 2535, None, None, *nothing),
        (5900, None, None, None, *nothing),
        (6000, 1440, None, None, *nothing),  # the shop has its money, the commission is still an estimate
    ]
    assert column(lines, "status") == ["paid", "settled", "invalid", "shipped", "received", "received"]
    assert column(lines, "platform_status")[1:3] == ["已完成/佣金", "已取消/佣金"]
    assert column(lines, "account_name") == [*["示例带货者丁"] * 4, None, "示例带货者丁"]
    assert column(lines, "account_key") == [None] * 6
    assert column(lines, "line_key")[5] == column(lines, "product_id")[5] == "10000000000007"
    assert column(lines, "quantity")[5] == 2
    assert column(lines, "settled_at") == [None, utc(2026, 5, 14, 19), *[None] * 4]


def test_newer_wechat_shop_lists_name_the_account_by_its_id(tmp_path):
    rows = rows_of("wechat_shop")
    rows[0].append("带货ID")
    for row in rows[1:]:
        row.append("sph-0001")
    (tmp_path / "a.csv").write_text(as_csv(rows))
    assert column(read(tmp_path / "a.csv")[0], "account_key") == ["sph-0001"] * 6


@pytest.mark.parametrize(
    ("name", "value", "code", "where"),
    [
        ("商品总价", "99.80", "several_products", None),
        ("商品数量", "2", "several_products", None),
        ("带货费用", "-", "amount_missing", "带货费用"),
        ("订单实际收款金额", "", "amount_missing", "订单实际收款金额"),
        ("订单状态", "部分发货", "unknown_status", "订单状态"),
        ("带货费用类型", "返佣", "unknown_status", "带货费用类型"),
        ("商品编码(平台)", "-", "key_missing", "商品编码(平台)"),
    ],
)
def test_refused_in_the_wechat_shop_list(name, value, code, where, tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("wechat_shop"), 3, name, value)))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [2, 4, 5, 6, 7]
    assert rejected.select("row_number", "code", "column").rows() == [(3, code, where)]


PRIVATE = {
    "收件人姓名", "收件人地址", "省", "市", "区", "收件人手机", "买家备注", "商家备注", "交易单号", "快递单号",
    "企业微信加密id", "企微备注", "定制信息", "定制预览图",
}  # fmt: skip


def test_what_tells_who_bought_is_never_kept():
    header = rows_of("wechat_shop")[0]
    assert len(header) == 63
    assert {name for name in header if is_personal(name)} == PRIVATE
    with open_sales_file(sample("wechat_shop"), zone=ZONE) as sales:
        (batch,) = sales.batches()
    assert batch.raw.columns == ["row_number", *(name for name in header if name not in PRIVATE)]
    kept = str(batch.raw.to_dicts()) + str(batch.frame.to_dicts())
    row = dict(zip(header, rows_of("wechat_shop")[1], strict=True))
    assert [name for name in PRIVATE if row[name] != "-" and row[name] in kept] == []
