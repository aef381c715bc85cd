"""Bank statements of several banks, and what is wrong with others, by row and column."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from mcn.core.errors import RuleError
from mcn.settlements.bank.reading import ReadLine, ReadStatement, read_statement

ZONE = ZoneInfo("Asia/Shanghai")
TWO_COLUMNS = """交易日期,收入金额,支出金额,对方户名,对方账号,摘要,用途,流水号
2026-11-27,,24.50,鹿小小,6222020000000000101,代发,主播分成 P0001-001,S1
20261128,"1,000.00",,品牌甲,999,货款,,S2
2026-11-28,24.50,,鹿小小,6222020000000000101,退汇 户名不符,,S3
合计,1024.50,24.50,,,,,
"""


def read(tmp_path: Path, text: str, encoding: str = "gb18030", name: str = "bank.csv") -> ReadStatement:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_statement(path, name=name, zone=ZONE)


def test_a_column_for_each_side(tmp_path: Path) -> None:
    found = read(tmp_path, TWO_COLUMNS.replace("20261128", "2026/11/28"))
    assert found.faults == []
    assert found.lines == [
        ReadLine(2, "S1 2450", date(2026, 11, 27), 2450, "鹿小小", "6222020000000000101", "代发 主播分成 P0001-001"),
        ReadLine(3, "S2 -100000", date(2026, 11, 28), -100000, "品牌甲", "999", "货款"),
        ReadLine(4, "S3 -2450", date(2026, 11, 28), -2450, "鹿小小", "6222020000000000101", "退汇 户名不符"),
    ]


def test_one_column_and_a_word_for_the_side(tmp_path: Path) -> None:
    text = "记账日期,借贷标志,交易金额,对方名称,附言\n2026-11-27,借,5.00,阿木,\n2026-11-27,贷,7.00,甲,\n"
    assert [(line.amount_fen, line.name) for line in read(tmp_path, text).lines] == [(500, "阿木"), (-700, "甲")]
    wrong = read(tmp_path, text.replace("借,5", "左,5"))
    assert (len(wrong.faults), "2" in wrong.faults[0]) == (1, True)


def test_alipay_writes_what_leaves_as_negative(tmp_path: Path) -> None:
    head = "入账时间\t金额（元）\t对方名称\t备注\n"
    text = head + "2026-11-27 10:00:00\t-5.00\t阿木\tP0001-002\n2026-11-27 11:00:00\t9.00\t甲\t\n"
    assert [line.amount_fen for line in read(tmp_path, text, "utf-8").lines] == [500, -900]


def test_equal_lines_without_a_number_are_two(tmp_path: Path) -> None:
    text = "日期,支出金额,对方户名\n2026-11-27,5.00,阿木\n2026-11-27,5.00,阿木\n2026-11-27,5.00,阿木\n"
    keys = [line.key for line in read(tmp_path, text).lines]
    assert len(set(keys)) == 3
    assert keys == [line.key for line in read(tmp_path, text, "utf-8").lines]


def test_a_workbook_with_lines_above_the_header(tmp_path: Path) -> None:
    path = tmp_path / "bank.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "账户明细")
        for column, (head, cell) in enumerate(
            {"交易日期": "2026-11-27", "支出金额": 24.5, "对方户名": "鹿小小"}.items()
        ):
            sheet.write(3, column, head)
            sheet.write(4, column, cell)
    found = read_statement(path, name="bank.xlsx", zone=ZONE)
    assert [(line.row_number, line.amount_fen) for line in found.lines] == [(5, 2450)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("日期,支出金额\n某日,1.00\n", "2"),
        ("日期,支出金额\n2026-11-27,1.005\n", "2"),
        ("日期,支出金额\n2026-11-27,壹元\n", "2"),
        ("日期,支出金额,对方账号\n2026-11-27,1.00,6.22202E+18\n", "2"),
        ("日期,支出金额\n,1.00\n", "2"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, said: str) -> None:
    found = read(tmp_path, text)
    assert found.lines == []
    assert len(found.faults) == 1
    assert said in found.faults[0]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="支出金额"):
        read(tmp_path, "交易日期,对方户名\n2026-11-27,甲\n")
    with pytest.raises(RuleError):
        read(tmp_path, "a,b\n1,2\n")
