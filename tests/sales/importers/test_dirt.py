"""The same rows in every encoding, container and spelling that platforms and spreadsheets produce."""

import csv
import json
import re
import zipfile
from datetime import datetime

import openpyxl
import pytest

from mcn.sales.importers import FORMATS, LinesRepeat, open_sales_file
from mcn.sales.reading import ReadingLimits
from tests.sales.platform_files import (
    FOLDER,
    ZONE,
    as_csv,
    as_xlsx,
    column,
    content,
    read,
    rows_of,
    sample,
    with_cell,
)


def html(rows):
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f'<html><head><meta charset="utf-8"></head><body><table border=1>{body}</table></body></html>'


def records(rows):
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def zipped(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


SHAPES = {
    "utf-8-bom": lambda p, rows: p.write_bytes(as_csv(rows).encode("utf-8-sig")),
    "gb18030": lambda p, rows: p.write_bytes(as_csv(rows).encode("gb18030")),
    "utf-16": lambda p, rows: p.write_bytes(as_csv(rows).encode("utf-16")),
    "utf-16-be": lambda p, rows: p.write_bytes(b"\xfe\xff" + as_csv(rows).encode("utf-16-be")),
    "utf-16-bare": lambda p, rows: p.write_bytes(as_csv(rows).encode("utf-16-le")),
    "tabs-utf-16": lambda p, rows: p.write_bytes(
        as_csv([[str(c).strip("\t") for c in r] for r in rows], "\t").encode("utf-16")
    ),
    "semicolons": lambda p, rows: p.write_bytes(as_csv(rows, ";").encode()),
    "all-quoted": lambda p, rows: p.write_bytes(as_csv(rows, quoting=csv.QUOTE_ALL).encode()),
    "crlf": lambda p, rows: p.write_bytes(as_csv(rows).replace("\n", "\r\n").encode()),
    "cr": lambda p, rows: p.write_bytes(as_csv(rows).replace("\n", "\r").encode()),
    "no-last-line-end": lambda p, rows: p.write_bytes(as_csv(rows).rstrip("\n").encode()),
    "html": lambda p, rows: p.write_bytes(html(rows).encode()),
    "html-gbk": lambda p, rows: p.write_bytes(html(rows).encode("gb18030")),
    "json-list": lambda p, rows: p.write_bytes(json.dumps(records(rows), ensure_ascii=False).encode()),
    "json-object": lambda p, rows: p.write_bytes(json.dumps({"code": 0, "orders": records(rows)}).encode()),
    "xlsx": lambda p, rows: as_xlsx(p.with_suffix(".xlsx"), rows).rename(p),
    "zip": lambda p, rows: zipped(p, {"a.csv": as_csv(rows), "__MACOSX/._a.csv": "x", "note.pdf": "x"}),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("code", FORMATS)
def test_every_shape_gives_the_same_lines(code, shape, tmp_path):
    path = tmp_path / "orders.xls"  # a wrong suffix on purpose: the bytes decide
    SHAPES[shape](path, rows_of(code))
    lines, rejected, skipped = read(path)
    assert content(lines) == content(read(sample(code))[0])
    assert rejected.is_empty()
    assert skipped.is_empty()
    first = 1 if shape.startswith("json") else 2
    assert lines["row_number"].to_list() == list(range(first, first + lines.height))


def test_old_binary_workbooks(tmp_path):
    assert content(read(FOLDER / "kuaishou_orders.xls")[0]) == content(read(sample("kuaishou_orders"))[0])


def test_emoji_outside_of_gbk_survive_in_gb18030(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(sample("douyin_alliance").read_text().encode("gb18030"))
    assert column(read(path)[0], "account_name")[1] == "示例主播乙🌸"


def test_json_numbers_keep_all_digits(tmp_path):
    rows = rows_of("wechat_league")
    text = json.dumps(records(rows), ensure_ascii=False)
    bare = re.sub(r'"(\d+)"', r"\1", text)  # ids and amounts as numbers, as some payloads have them
    assert '"order_id": 3720000000000000101' in bare
    (tmp_path / "a.json").write_text(bare)
    assert content(read(tmp_path / "a.json")[0]) == content(read(sample("wechat_league"))[0])


def test_nested_league_answers_are_read(tmp_path):
    order = {
        "order_id": 3720000000000000102,
        "sku_id": "3700000001",
        "status": 100,
        "update_time": 1778785200,
        "order_detail": {
            "shop_info": {"appid": "wx1", "shop_name": "示例小店"},
            "product_info": {"product_id": "10000000000001", "title": "示例", "product_cnt": 1, "actual_payment": 4990},
            "order_info": {"order_status": 100, "pay_time": 1777732859},
        },
        "commission_info": {
            "service_ratio": 20000,
            "service_amount": 89,
            "service_total_amount": 99,
            "platform_amount": 10,
            "profit_sharding_suc_time": 1778785200,
            "talent_info": {"opentalentid": "t1", "nickname": "丁", "ratio": 240000, "amount": 1197},
        },
    }
    (tmp_path / "a.json").write_text(json.dumps([order]))
    (tmp_path / "b.json").write_text(json.dumps({"errcode": 0, "list": [{"commssion_order": order}]}))
    line = read(tmp_path / "a.json")[0].row(0, named=True)
    assert read(tmp_path / "b.json")[0].row(0, named=True) == line
    assert (line["account_key"], line["shop_name"], line["product_name"]) == ("t1", "示例小店", "示例")
    assert (line["set_base"], line["set_gross"], line["set_fee"], line["set_holder"]) == (4990, 1296, 10, 1197)


def test_header_anywhere_in_the_first_twenty_rows(tmp_path):
    rows = rows_of("kuaishou_orders")
    for above in (0, 1, 5, 19):
        (tmp_path / "a.csv").write_text(as_csv([["快手订单"], *[[]] * above][:above] + rows))
        lines, _, _ = read(tmp_path / "a.csv")
        assert content(lines) == content(read(sample("kuaishou_orders"))[0])
        assert lines["row_number"][0] == above + 2


def test_headers_in_other_spellings(tmp_path):
    rows = rows_of("kuaishou_orders")
    rows[0] = [
        {"MCN 机构金额": "\u200bMCN  机构金额", "预估收入(元)": "预估收入（元）", "商品ID": "商品id "}.get(name, name)
        for name in rows[0]
    ]
    rows[0][0] = "\ufeff\u200b" + rows[0][0]
    (tmp_path / "a.csv").write_text(as_csv(rows))
    assert content(read(tmp_path / "a.csv")[0]) == content(read(sample("kuaishou_orders"))[0])
    rows = rows_of("douyin_alliance")
    rows[0][rows[0].index("佣金类型")] = "计划类型"
    (tmp_path / "a.csv").write_text(as_csv(rows))
    assert content(read(tmp_path / "a.csv")[0]) == content(read(sample("douyin_alliance"))[0])


def test_a_wrong_sheet_dimension_is_not_believed(tmp_path):
    good, wrong = tmp_path / "good.xlsx", tmp_path / "wrong.xlsx"
    as_xlsx(good, rows_of("douyin_alliance"))
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(wrong, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data, changed = re.subn(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:A1"', data)
                assert changed == 1
            target.writestr(name, data)
    assert content(read(wrong)[0]) == content(read(sample("douyin_alliance"))[0])


def test_only_the_fitting_sheets_are_read(tmp_path):
    rows = rows_of("douyin_alliance")
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["导出说明", "2026-06"])
    for title, part in (("六月", rows[:3]), ("五月", [rows[0], *rows[3:]])):
        sheet = book.create_sheet(title)
        for row in part:
            sheet.append(row)
    book.create_sheet("空")
    book.save(tmp_path / "a.xlsx")
    with open_sales_file(tmp_path / "a.xlsx", zone=ZONE) as sales:
        assert sales.ignored == ["a.xlsx: 说明"]
        batches = list(sales.batches())
    assert [(batch.part.sheet, batch.frame["row_number"].to_list()) for batch in batches] == [
        ("六月", [2, 3]),
        ("五月", [2, 3, 4]),
    ]


def test_spreadsheet_numbers_and_dates(tmp_path):
    rows = with_cell(rows_of("kuaishou_orders"), 5, "付款时间", datetime.fromisoformat("2026-05-01 01:30:59"))
    rows = with_cell(
        [[str(c) if not isinstance(c, datetime) else c for c in r] for r in rows], 5, "结算金额(元)", 29.02
    )
    rows[4][rows[0].index("订单编号")] = 2614000000000004
    rows[4][rows[0].index("商品数量")] = 1
    rows[4][rows[0].index("结算时间")] = 46158.166805555556  # the serial day of 2026-05-16 04:00:12
    rows[4][rows[0].index("计佣金额(元)")] = 86.0 + 43.0
    as_xlsx(tmp_path / "a.xlsx", rows)
    assert content(read(tmp_path / "a.xlsx")[0]) == content(read(sample("kuaishou_orders"))[0])


def test_totals_and_empty_rows_are_no_sales(tmp_path):
    rows = rows_of("douyin_alliance")
    width = len(rows[0])
    total = ["合计", *[""] * 4, "666.90", *[""] * (width - 6)]
    grand = ["", "总计：", *[""] * (width - 2)]
    (tmp_path / "a.csv").write_text(as_csv([*rows[:3], [""] * width, [], *rows[3:], total, grand]))
    lines, rejected, skipped = read(tmp_path / "a.csv")
    assert content(lines) == content(read(sample("douyin_alliance"))[0])
    assert lines["row_number"].to_list() == [2, 3, 6, 7, 8]
    assert rejected.is_empty()
    assert skipped.rows() == [(9, "totals_row", None, None), (10, "totals_row", None, None)]


def test_a_file_with_only_a_header_has_no_rows(tmp_path):
    (tmp_path / "a.csv").write_text(as_csv(rows_of("douyin_alliance")[:1]))
    with open_sales_file(tmp_path / "a.csv", zone=ZONE) as sales:
        assert (sales.format, list(sales.batches())) == ("douyin_alliance", [])


def test_several_files_of_several_formats_in_one_archive(tmp_path):
    zipped(
        tmp_path / "a.zip",
        {"订单/五月.csv": sample("taobao_union").read_bytes(), "refunds.csv": sample("taobao_refunds").read_bytes()},
    )
    with open_sales_file(tmp_path / "a.zip", zone=ZONE) as sales:
        assert [(part.file, part.format.code) for part in sales.parts] == [
            ("a.zip/订单/五月.csv", "taobao_union"),
            ("a.zip/refunds.csv", "taobao_refunds"),
        ]
        assert sum(batch.frame.height for batch in sales.batches()) == 6


def test_chinese_archivers_name_entries_in_gbk(tmp_path):
    zipped(tmp_path / "a.zip", {"AABB.csv": sample("taobao_refunds").read_bytes()})
    data = (tmp_path / "a.zip").read_bytes().replace(b"AABB.csv", "订单".encode("gbk") + b".csv")
    (tmp_path / "a.zip").write_bytes(data)
    with open_sales_file(tmp_path / "a.zip", zone=ZONE) as sales:
        assert sales.parts[0].file == "a.zip/订单.csv"


@pytest.mark.parametrize("shape", ["html", "json-list", "xlsx", "gb18030", "utf-16", "all-quoted"])
def test_small_pieces_cut_no_character(shape, tmp_path):
    path = tmp_path / "a"
    SHAPES[shape](path, rows_of("kuaishou_orders"))
    lines, _, _ = read(path, limits=ReadingLimits(chunk_bytes=101))
    assert content(lines) == content(read(sample("kuaishou_orders"))[0])


def test_quotes_commas_and_line_ends_inside_cells(tmp_path):
    names = ['5" pl,ate', "two\nlines", '"quoted"', "a,b;c\td", "'apostrophe"]
    rows = rows_of("kuaishou_orders")
    for row, name in zip(rows[1:], names, strict=True):
        row[rows[0].index("商品名称")] = name
    (tmp_path / "a.csv").write_text(as_csv(rows))
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert rejected.is_empty()
    assert column(lines, "product_name") == ['5" pl,ate', "two\nlines", '"quoted"', "a,b;c\td", "apostrophe"]


@pytest.mark.parametrize(
    "names",
    [
        {"K2": '示例 5" 商品K2'},
        {"K2": '示例 5" 商品K2', "K4": '6" 商品'},
        {"K2": '示例"', "K3": '商品"'},
        {"K1": 'x"', "K2": 'y " z', "K5": 'a""b'},
    ],
)
def test_stray_quotes_harm_no_other_row(names, tmp_path):
    text = sample("kuaishou_orders").read_text()
    for short, name in names.items():
        text = text.replace(f"示例商品{short}", name)
    (tmp_path / "a.csv").write_text(text)
    lines, rejected, _ = read(tmp_path / "a.csv")
    assert rejected.is_empty()
    expected = [names.get(short, f"示例商品{short}") for short in ("K1", "K2", "K3", "K4", "K5")]
    assert column(lines, "product_name") == expected
    assert lines["set_gross"].to_list() == [0, 0, 0, 2902, 0]


def test_reading_in_small_pieces_changes_nothing(tmp_path):
    rows = rows_of("douyin_alliance")
    rows[2][rows[0].index("商品名称")] = "two\nlines, " * 30
    (tmp_path / "a.csv").write_text(as_csv(rows))
    whole, _, _ = read(tmp_path / "a.csv")
    for size in (1, 7, 100, 333, 1000):
        parts, rejected, _ = read(tmp_path / "a.csv", limits=ReadingLimits(chunk_bytes=size, batch_rows=2))
        assert parts.equals(whole)
        assert rejected.is_empty()


def test_batches_hold_no_more_rows_than_allowed(tmp_path):
    for path in (sample("douyin_alliance"), as_xlsx(tmp_path / "a.xlsx", rows_of("douyin_alliance"))):
        with open_sales_file(path, zone=ZONE, limits=ReadingLimits(batch_rows=2)) as sales:
            assert [batch.frame.height for batch in sales.batches()] == [2, 2, 1]
            assert [batch.rows_read for batch in sales.batches()] == [2, 2, 1]


def test_raw_cells_are_kept_as_they_stand_without_personal_data(tmp_path):
    rows = rows_of("douyin_alliance")
    rows[0] += ["收件人姓名", "买家手机号", "省"]
    for row in rows[1:]:
        row += ["王某", "13900000000", "浙江"]
    (tmp_path / "a.csv").write_text(as_csv(rows))
    with open_sales_file(tmp_path / "a.csv", zone=ZONE) as sales:
        (batch,) = sales.batches()
    assert batch.raw.columns == ["row_number", *rows[0][:-3]]
    assert batch.raw["订单id"][0] == "6990000000000000101\t"
    assert "王某" not in str(batch.raw.to_dicts()) + str(batch.frame.to_dicts())
    assert "收货时间" in batch.raw.columns


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("batch_rows", [1, 100])
def test_of_a_repeated_line_the_newest_state_counts(reverse, batch_rows, tmp_path):
    rows = rows_of("wechat_league")
    older = list(rows[2])
    older[rows[0].index("update_time")] = "1778000000"
    older[rows[0].index("commission_status")] = "20"
    body = [older, *rows[1:]] if not reverse else [*rows[1:], older]
    (tmp_path / "a.csv").write_text(as_csv([rows[0], *body]))
    lines, rejected, skipped = read(tmp_path / "a.csv", limits=ReadingLimits(batch_rows=batch_rows))
    assert content(lines) == content(read(sample("wechat_league"))[0])
    assert rejected.is_empty()
    assert skipped.rows() == [(7 if reverse else 2, "repeated", None, None)]


@pytest.mark.parametrize("batch_rows", [1, 100])
def test_batches_that_come_at_once_are_taken_back_when_a_line_repeats(batch_rows, tmp_path):
    rows = rows_of("douyin_alliance")
    (tmp_path / "a.csv").write_text(as_csv([*rows, rows[1]]))
    (tmp_path / "b.csv").write_text(as_csv(rows))
    limits = ReadingLimits(batch_rows=batch_rows)
    with open_sales_file(tmp_path / "a.csv", zone=ZONE, limits=limits) as sales:
        with pytest.raises(LinesRepeat):
            list(sales.batches(at_once=True))
        again = list(sales.batches())
        assert sum(batch.frame.height for batch in again) == len(rows) - 1
        assert sum(batch.skipped.height for batch in again) == 1
    with open_sales_file(tmp_path / "b.csv", zone=ZONE, limits=limits) as sales:
        assert sum(batch.frame.height for batch in sales.batches(at_once=True)) == len(rows) - 1


def test_without_platform_times_the_later_state_counts_then_the_later_row(tmp_path):
    rows = rows_of("douyin_alliance")
    settled = rows[3]
    received = [{"订单结算": "订单收货"}.get(cell, cell) for cell in settled]
    changed = list(settled)
    changed[rows[0].index("实际佣金支出")] = "31.83"
    (tmp_path / "a.csv").write_text(as_csv([rows[0], settled, changed, received]))
    lines, _, skipped = read(tmp_path / "a.csv")
    assert lines.select("row_number", "status", "set_gross").rows() == [(3, "settled", 3183)]
    assert sorted(skipped["row_number"]) == [2, 4]


def test_a_refused_row_supersedes_nothing(tmp_path):
    rows = rows_of("douyin_alliance")
    broken = list(rows[1])
    broken[rows[0].index("支付金额")] = "?"
    (tmp_path / "a.csv").write_text(as_csv([*rows, broken]))
    lines, rejected, skipped = read(tmp_path / "a.csv")
    assert lines["row_number"].to_list() == [2, 3, 4, 5, 6]
    assert rejected["row_number"].to_list() == [7]
    assert skipped.is_empty()
