"""The lists of institutions and of anchors themselves: Douyin, Taobao Live and the Kuaishou API."""

import json

import pytest

from mcn.sales.importers import FORMATS
from tests.sales.platform_files import MONEY, as_csv, column, content, read, rows_of, sample, utc, with_cell


def records(rows):
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_douyin_institution_money():
    lines, _, _ = read(sample("douyin_institution"))
    assert lines.select([*MONEY, "set_agency"]).rows() == [
        (16900, 3380, 338, 2129, 0, 0, 0, 0, 0),
        (9900, 2970, 297, 1871, 0, 0, 0, 0, 0),
        (25900, 3885, 389, 2447, 25900, 3885, 389, 2447, 1049),
        (16900, 3549, 355, 2236, 15153, 3182, 318, 2005, 859),
        (0, 0, 0, 0, 0, 0, 0, 0, 0),
    ]
    assert column(lines, "flags") == [""] * 5


def test_douyin_institution_identity_states_and_times():
    lines, _, _ = read(sample("douyin_institution"))
    assert lines["order_key"].to_list() == lines["line_key"].to_list()
    assert column(lines, "order_key")[2] == "6990000000000000103"
    assert column(lines, "account_key")[:2] == ["7000000000000000001", "7000000000000000002"]
    assert column(lines, "account_name")[:2] == ["示例主播甲", "示例主播乙"]
    assert column(lines, "status") == ["paid", "received", "settled", "settled", "invalid"]
    assert column(lines, "paid_at")[2] == utc(2026, 5, 2, 14, 40, 59)
    assert column(lines, "settled_at")[1:3] == [None, utc(2026, 5, 21, 19, 12, 44)]
    assert column(lines, "changed_at")[3] == utc(2026, 5, 20, 18, 58, 11)  # update_time
    assert column(lines, "changed_at")[4] == utc(2026, 5, 21, 2, 20, 36)
    assert column(lines, "refunded_at")[3:] == [None, utc(2026, 5, 21, 2, 20, 30)]


def test_a_refunded_institution_order_without_its_time_has_that_of_the_update(tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("douyin_institution"), 6, "refund_time", "")))
    assert column(read(tmp_path / "a.csv")[0], "changed_at")[4] == utc(2026, 5, 21, 2, 20, 36)


def test_a_room_is_named_by_live_orders_only():
    lines, _, _ = read(sample("douyin_institution"))
    assert column(lines, "traffic") == ["live", "other", "live", "live", "other"]
    assert column(lines, "room_id") == ["7370000000000000001", None, *["7370000000000000001"] * 2, None]


def test_a_live_order_may_name_no_room(tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("douyin_institution"), 2, "media_id", "0")))
    line = read(tmp_path / "a.csv")[0].row(0, named=True)
    assert (line["traffic"], line["room_id"]) == ("live", None)
    rows = with_cell(rows_of("douyin_institution"), 2, "media_type", "")
    (tmp_path / "a.csv").write_text(as_csv(rows))
    line = read(tmp_path / "a.csv")[0].row(0, named=True)
    assert (line["traffic"], line["room_id"]) == (None, None)


def test_the_short_id_stands_in_for_an_anchor_without_the_other(tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("douyin_institution"), 2, "author_buyin_id", "")))
    assert column(read(tmp_path / "a.csv")[0], "account_key")[:2] == ["sample_a01", "7000000000000000002"]


def test_the_shops_own_estimate_goes_before_the_total(tmp_path):
    rows = rows_of("douyin_institution")
    rows[0].append("shop_estimated_commission")
    for row, estimate in zip(rows[1:], ["3300", "", "3885", "3549", "1498"], strict=True):
        row.append(estimate)
    (tmp_path / "a.csv").write_text(as_csv(rows))
    assert column(read(tmp_path / "a.csv")[0], "est_gross") == [3300, 2970, 3885, 3549, 0]


@pytest.mark.parametrize(
    ("name", "amount", "flags"),
    [
        ("institution_commission", "1048", ""),
        ("institution_commission", "1047", "sum_mismatch"),
        ("real_commission", "2547", "sum_mismatch"),
    ],
)
def test_institution_parts_that_do_not_add_up_are_flagged(name, amount, flags, tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("douyin_institution"), 4, name, amount)))
    assert column(read(tmp_path / "a.csv")[0], "flags")[2] == flags


@pytest.mark.parametrize(
    ("row", "name", "value", "code"),
    [
        (4, "shop_real_commission", "", "amount_missing"),
        (4, "settled_tech_service_fee", "", "amount_missing"),
        (4, "real_commission", "", "amount_missing"),
        (4, "real_commission", "24.47", "too_many_decimals"),
        (2, "flow_point", "PAYED", "unknown_status"),
        (2, "order_id", "6.99E+18", "lost_digits"),
        (2, "pay_success_time", "", "time_missing"),
    ],
)
def test_refused_in_the_institution_list(row, name, value, code, tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("douyin_institution"), row, name, value)))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines.height == 4
    assert rejected.select("row_number", "code").rows() == [(row, code)]


def test_institution_orders_as_the_api_answers(tmp_path):
    """Numbers as numbers, nothing for what has not happened, and the list inside of the answer."""
    orders = records(rows_of("douyin_institution"))[:2]
    for order in orders:
        order |= {"settle_time": None, "refund_time": None, "pid_info": {"pid": "", "media_type_name": "Live"}}
        order |= {key: int(value) for key, value in order.items() if isinstance(value, str) and value.isdecimal()}
    (tmp_path / "a.json").write_text(json.dumps({"code": 10000, "data": {"orders": orders, "cursor": "2"}}))
    assert content(read(tmp_path / "a.json")[0]) == content(read(sample("douyin_institution"))[0][:2])


def test_douyin_anchors_own_list():
    lines, _, _ = read(sample("douyin_anchor"))
    nothing = (None, None, None, None)
    assert lines.select(MONEY).rows() == [
        (16900, 3380, None, 2129, *nothing),
        (9900, 2970, None, 1871, *nothing),
        (16900, 3549, None, 2236, *nothing),
        (0, 0, None, 0, *nothing),
    ]
    assert column(lines, "status") == ["paid", "received", "received", "invalid"]
    assert column(lines, "platform_status")[2] == "订单结算"
    assert column(lines, "traffic") == ["live", "other", "live", "live"]
    assert column(lines, "account_key") == [None] * 4
    assert FORMATS["douyin_anchor"].account_from == "given"
    assert column(lines, "paid_at")[0] == utc(2026, 5, 20, 13, 25, 25)


def test_taobao_live_estimates():
    lines, _, _ = read(sample("taobao_live_estimate"))
    nothing = (None,) * 6
    assert lines.select(MONEY).rows() == [
        (12900, 1290, *nothing),
        (1290, 96, *nothing),
        (23900, 2868, *nothing),  # 20.00 of 259.00 went back: what is left counts
        (8800, 1056, *nothing),
        (0, 0, *nothing),
    ]
    assert column(lines, "status") == ["paid", "received", "received", "received", "invalid"]
    assert column(lines, "order_key")[2:4] == ["2090000000000000203"] * 2
    assert column(lines, "line_key")[2:4] == ["2090000000000000298", "2090000000000000299"]
    assert column(lines, "account_name") == ["示例主播丙"] * 5
    assert column(lines, "account_key") == [None] * 5
    assert column(lines, "received_at")[:2] == [None, utc(2026, 5, 15, 3)]


def test_kuaishou_api_orders():
    lines, _, _ = read(sample("kuaishou_api"))
    assert lines.select(MONEY).rows() == [
        (9900, 1782, 0, None, 0, 0, 0, None),
        (12900, 2902, 0, None, 12900, 2902, 0, None),
        (5990, 1617, 0, None, 0, 0, 0, None),
        (16800, 2268, 0, None, 0, 0, 0, None),
        (0, 0, 0, None, 0, 0, 0, None),
    ]
    assert column(lines, "status") == ["paid", "settled", "shipped", "received", "invalid"]
    assert column(lines, "account_key") == ["400000001"] * 5
    assert column(lines, "settled_at")[:2] == [None, utc(2026, 5, 15, 20, 0, 12)]
    assert column(lines, "received_at")[3] == utc(2026, 5, 15, 10, 20, 30)
    assert column(lines, "changed_at")[0] == utc(2026, 5, 20, 13, 26, 5)


def test_both_kuaishou_lists_name_the_same_lines():
    ours, theirs = read(sample("kuaishou_api"))[0], read(sample("kuaishou_orders"))[0]
    keys = ["platform", "order_key", "line_key", "product_id", "status", *MONEY]
    assert sorted(ours.select(keys).rows()) == sorted(theirs.select(keys).rows())


def test_kuaishou_orders_as_the_api_answers(tmp_path):
    product = {"itemId", "num", "commissionRate", "estimatedIncome", "serviceRate"}
    orders = []
    for record in records(rows_of("kuaishou_api")):
        numbers = {key: int(value) if value.isdecimal() else value for key, value in record.items()}
        view = {key: numbers.pop(key) for key in product}
        orders.append(numbers | {"cpsOrderProductView": [view | {"itemTitle": "示例商品", "sellerNickName": "示例店"}]})
    (tmp_path / "a.json").write_text(json.dumps({"result": 1, "data": {"orderView": orders, "pcursor": "nomore"}}))
    lines, rejected, _ = read(tmp_path / "a.json")
    assert rejected.is_empty()
    assert set(column(lines, "product_name")) == {"示例商品"}
    assert set(column(lines, "shop_name")) == {"示例店"}
    flat = read(sample("kuaishou_api"))[0]
    same = ["order_key", "line_key", "account_key", "quantity", "status", "settled_at", *MONEY]
    assert lines.select(same).rows() == flat.select(same).rows()


def test_an_order_with_two_product_views_is_refused(tmp_path):
    order = records(rows_of("kuaishou_api"))[0]
    view = {key: order.pop(key) for key in ("itemId", "estimatedIncome")}
    one, two = order | {"cpsOrderProductView": [view]}, order | {"oid": "9", "cpsOrderProductView": [view, view]}
    (tmp_path / "a.json").write_text(json.dumps([one, two]))
    lines, rejected, _ = read(tmp_path / "a.json")
    assert column(lines, "order_key") == ["2614000000000001"]
    assert rejected.select("row_number", "code").rows() == [(2, "key_missing")]
