"""Rows that cannot be read exactly are refused one by one, with row, column, value and reason."""

import pytest
from django.utils import translation

from mcn.sales.reading.errors import ROW_REASONS, place_text, row_reason_text
from mcn.sales.services import first_refused
from tests.sales.platform_files import as_csv, as_xlsx, read, rows_of, with_cell


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("订单id", "6.99E+18", "lost_digits"),
        ("订单id", "6.95355e18", "lost_digits"),
        ("商品id", "3.8E+18", "lost_digits"),
        ("抖音/火山号", "1.00000E+10", "lost_digits"),
        ("订单id", "699 abc?", "bad_id"),
        ("订单id", "699000000000.0", "bad_id"),
        ("订单id", "", "key_missing"),
        ("支付金额", "abc", "not_money"),
        ("支付金额", "1e3", "not_money"),
        ("支付金额", "1,5", "not_money"),
        ("实际佣金支出", "31.825", "too_many_decimals"),
        ("实际佣金支出", "-", "amount_missing"),
        ("结算金额", "", "amount_missing"),
        ("付款时间", "2026-02-30 10:00:00", "not_time"),
        ("付款时间", "yesterday", "not_time"),
        ("付款时间", "-", "time_missing"),
        ("订单状态", "新状态", "unknown_status"),
        ("订单状态", "", "unknown_status"),
        ("商品数量", "1.5", "not_count"),
    ],
)
def test_refused(column, value, code, tmp_path):
    rows = with_cell(rows_of("douyin_alliance"), 4, column, value)
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [2, 3, 5, 6]
    assert rejected.rows() == [(4, code, column, value if value not in ("", "-") else None)]


@pytest.mark.parametrize(
    ("row", "column", "value", "code"),
    [
        (3, "commission_status", "", "unknown_status"),
        (3, "commission_status", "30", "unknown_status"),
        (3, "order_status", "999", "unknown_status"),
        (3, "talent_amount", "", "amount_missing"),
        (3, "actual_payment", "-", "amount_missing"),
        (3, "actual_payment", "49.9", "too_many_decimals"),
        (3, "pay_time", "0", "time_missing"),
        (3, "sku_id", "", "key_missing"),
    ],
)
def test_refused_in_the_league_list(row, column, value, code, tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(with_cell(rows_of("wechat_league"), row, column, value)))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [2, 4, 5, 6]
    assert rejected.select("row_number", "code").rows() == [(row, code)]


def test_number_cells_too_large_to_be_exact_are_refused(tmp_path):
    rows = with_cell(rows_of("douyin_alliance"), 3, "订单id", 6990000000000000102)
    as_xlsx(tmp_path / "a.xlsx", rows)
    lines, rejected, _ = read(tmp_path / "a.xlsx")
    assert lines.height == 4
    assert rejected.select("row_number", "code", "column").rows() == [(3, "lost_digits", "订单id")]


def test_identifiers_whose_last_digits_a_spreadsheet_made_zeros_are_refused(tmp_path):
    """Different orders would be taken for one: only the first 15 digits are left."""
    rows = rows_of("douyin_alliance")
    place = rows[0].index("订单id")
    for number, row in enumerate(rows[1:5]):  # the last row was typed in afterwards
        row[place] = f"69900000000000{number % 2}0000"
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [6]
    assert rejected.select("row_number", "code", "column").rows() == [
        (row, "zeroed_digits", "订单id") for row in (2, 3, 4, 5)
    ]


@pytest.mark.parametrize("ids", [["6990000000000000000"], ["699000000000000100", "6990000000000001000"]])
def test_identifiers_that_end_in_zeros_by_chance_are_read(ids, tmp_path):
    rows = rows_of("douyin_alliance")
    for row, order in zip(rows[1:], ids, strict=False):
        row[rows[0].index("订单id")] = order
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert (lines.height, rejected.height) == (5, 0)


def test_a_row_with_surplus_cells_may_be_shifted(tmp_path):
    rows = rows_of("kuaishou_orders")
    rows[2].insert(6, "K2 for, you")  # a comma inside an unquoted name
    rows[3] += ["", " "]
    (tmp_path / "a.csv").write_text(as_csv(rows))
    _, rejected, _ = read(tmp_path / "a.csv")
    assert rejected["row_number"].to_list() == [3]
    rows = rows_of("kuaishou_orders")
    rows[2].append("x")
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines.height == 4
    assert rejected.rows() == [(3, "too_many_cells", None, None)]


@pytest.mark.parametrize("cut", [4, 10, 60, 150])
def test_the_row_in_which_a_file_breaks_off_is_refused(cut, tmp_path):
    """Its last amount may lack digits and look whole all the same."""
    rows = rows_of("kuaishou_orders")
    rows = [*rows[:4], rows[5], rows[4]]
    (tmp_path / "a.csv").write_text(as_csv(rows)[:-cut])
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [2, 3, 4, 5]
    assert rejected.rows() == [(6, "cut_off", None, None)]


def test_every_reason_has_a_sentence_with_its_value():
    with translation.override("en"):
        for code in ROW_REASONS:
            assert "%(" not in row_reason_text(code, "6.99E+18")
        assert "6.99E+18" in row_reason_text("lost_digits", "6.99E+18")
        assert place_text(file="a.csv", sheet=None, row=3, column="订单id") == ("file “a.csv”, row 3, column “订单id”")


def test_the_first_refused_rows_are_told_with_their_place_also_of_files_of_earlier_versions(tmp_path):
    now, earlier = tmp_path / "now.csv", tmp_path / "earlier.csv"
    now.write_text("file,sheet,row,column,value,reason\na.xlsx,Sheet1,3,订单id,x,Bad.\n", "utf-8-sig")
    earlier.write_text("sheet,row,column,value,reason\na.csv,4,,,Worse.\na.csv,5,,,Worst.\n", "utf-8-sig")
    with translation.override("en"):
        assert first_refused(now, 5) == ["file “a.xlsx”, sheet “Sheet1”, row 3, column “订单id”: Bad."]
        assert first_refused(earlier, 1) == ["file “a.csv”, row 4: Worse."]
