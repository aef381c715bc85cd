"""A platform's bill as a file: what is read, and what is said of a row that cannot be."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import translation

from mcn.core.errors import RuleError
from mcn.sales import bill_files
from mcn.sales.bill_files import BillFile, read_bill, template
from mcn.sales.reading import SalesFileError
from mcn.sales.services import BilledDay
from tests.sales.platform_files import as_xlsx

ACCOUNTS = {"10000000001": "10000000001", "小鹿": "10000000001", "=1+1": "=1+1"}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def read(path: Path) -> BillFile:
    return read_bill(path, name=path.name, zone=ZoneInfo("Asia/Shanghai"), accounts=ACCOUNTS)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "账单.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_rows_are_read_whatever_the_order_of_columns(tmp_path: Path, encoding: str) -> None:
    text = "门店账单\n金额（元）,备注, 日期 ,账号,笔数\n31.82,甲,2026-07-03,10000000001,4\n-1,,2026/7/4,小鹿,\n"
    found = read(written(tmp_path, text, encoding))
    assert found.faults == []
    assert found.rows == [
        BilledDay("10000000001", date(2026, 7, 3), 3182, 4),
        BilledDay("10000000001", date(2026, 7, 4), -100, None),
    ]


def test_a_workbook_is_read_with_dates_and_numbers_as_cells(tmp_path: Path) -> None:
    rows = [["date", "account", "amount", "count"], [date(2026, 7, 3), "小鹿", 31.82, 4]]
    assert read(as_xlsx(tmp_path / "bill.xlsx", rows)).rows == [BilledDay("10000000001", date(2026, 7, 3), 3182, 4)]


def test_rows_without_an_amount_and_totals_are_left_out(tmp_path: Path) -> None:
    found = read(written(tmp_path, "日期,账号,金额\n2026-07-03,小鹿,\n合计,,99.00\n,总计,99.00\n,,\n"))
    assert (found.rows, found.faults) == ([], [])


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    text = (
        "日期,账号,金额,笔数\n"
        "2026-07-03,小鹿,1.00,1\n"
        "2026-07-03,10000000001,2.00,1\n"
        "gestern,小鹿,1.234,x\n"
        ",路人,,3\n"
        "2026-07-05,1.0E+10,1.00,\n"
        "2026-07-06,小鹿,1,1,234\n"
    )
    found = read(written(tmp_path, text))
    assert found.rows == [BilledDay("10000000001", date(2026, 7, 3), 100, 1)]
    assert found.faults == [
        "row 3: Row 2 bills the same day of this account.",
        "row 4, column “Date”: “gestern” is no date and time.",
        "row 4, column “Amount”: “1.234” has parts of a fen; an amount has at most two decimals.",
        "row 4, column “Count”: “x” is no quantity.",
        "row 5, column “Date”: The cell is empty.",
        "row 5, column “Amount”: The cell is empty.",
        "row 5, column “Account”: The agency has no such account there: 路人.",
        "row 6, column “Account”: “1.0E+10” is a number whose last digits were lost (scientific notation). Export the"
        " column as text.",
        "row 7: The row has more cells than the header; its values may be shifted.",
    ]


def test_a_file_without_the_columns_is_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="These columns are missing: 账号, 金额"):
        read(written(tmp_path, "日期,什么\n2026-07-03,1\n"))


def test_other_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuleError, match="csv or xlsx"):
        read(written(tmp_path, "[]"))
    with pytest.raises(SalesFileError, match="empty"):
        read(written(tmp_path, ""))
    monkeypatch.setattr(bill_files, "MOST_ROWS", 1)
    with pytest.raises(RuleError, match="at most 1 rows"):
        read(written(tmp_path, "日期,账号,金额\n2026-07-03,小鹿,1\n2026-07-04,小鹿,1\n"))


def test_the_template_is_text_and_reads_back_once_it_is_filled_in(tmp_path: Path) -> None:
    content = template([("2026-07-03", "10000000001", "小鹿"), ("2026-07-04", "=1+1", "")])
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value] == ["s"] * 10
    path = tmp_path / "filled.xlsx"
    path.write_bytes(content)
    assert (read(path).rows, read(path).faults) == ([], [])
    sheet["D2"], sheet["E3"], sheet["D3"] = 12.5, 2, 0
    book.save(path)
    assert read(path).rows == [
        BilledDay("10000000001", date(2026, 7, 3), 1250, None),
        BilledDay("=1+1", date(2026, 7, 4), 0, 2),
    ]
