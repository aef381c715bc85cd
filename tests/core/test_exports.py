"""Cells that a spreadsheet must not run, shorten or compute."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from django.db import connection
from django.utils import translation

from mcn.core import exports
from mcn.core.exports import Column, Kind, Query, safe_cell, safe_sql, write_csv, write_xlsx, yuan_sql

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
HARMLESS = ["", "1-1", "6900000000000000001", "小鹿", "'=1", " =1"]
COLUMNS = (Column("id", "Id"), Column("amount", "Amount", Kind.AMOUNT), Column("lines", "Lines", Kind.COUNT))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_begins_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.django_db
def test_sql_and_python_agree() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {safe_sql('t')} from unnest(%s::text[]) with ordinality u(t, n) order by n", [HOSTILE + HARMLESS]
        )
        assert [row[0] for row in cursor.fetchall()] == [safe_cell(text) for text in HOSTILE + HARMLESS]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fen", "yuan"),
    [(0, "0.00"), (-1, "-0.01"), (-1230, "-12.30"), (7, "0.07"), (10**16, "100000000000000.00")],
)
def test_fen_become_yuan_with_two_decimals(fen: int, yuan: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select ({yuan_sql('%s::bigint')})::text", [fen])
        assert cursor.fetchone()[0] == yuan


@pytest.mark.django_db
def test_csv_has_bom_machine_header_and_quotes(tmp_path: Path) -> None:
    query = Query(f"select {safe_sql('%(id)s')}, -12.30, null", {"id": '=a,"b"\n'})
    assert write_csv(tmp_path / "a.csv", COLUMNS, query) == 1
    assert (tmp_path / "a.csv").read_bytes().decode() == '\ufeffid,amount,lines\n"\'=a,""b""\n",-12.30,\n'


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_xlsx_keeps_ids_as_text_and_amounts_exact(tmp_path: Path, english: None) -> None:
    rows = [("6900000000000000001", Decimal("0.07"), 3), ("=1+1", Decimal("-12.30"), 1)]
    count = write_xlsx(
        tmp_path / "a.xlsx", COLUMNS, rows, title="Statements", expected={"amount": Decimal("-12.20"), "lines": 4}
    )
    assert count == 2
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Statements"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Id", "Amount", "Lines"],
        ["6900000000000000001", 0.07, 3],
        ["=1+1", -12.3, 1],
        ["Total", -12.23, 4],
        ["Check (must be 0)", -0.03, 0],
    ]
    assert [sheet["A2"].data_type, sheet["A3"].data_type, sheet["B3"].data_type] == ["s", "s", "n"]
    assert (sheet["B2"].number_format, sheet.freeze_panes) == ("#,##0.00", "A2")
    with ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"<v>0.07</v>" in archive.read("xl/worksheets/sheet1.xml")  # the exact text, not a binary fraction


def test_a_full_sheet_goes_on_in_the_next(tmp_path: Path, english: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_A_SHEET", 3)
    rows = [(str(number), Decimal(1), 1) for number in range(5)]
    write_xlsx(tmp_path / "a.xlsx", COLUMNS, rows, title="Lines", expected={"amount": Decimal(5)})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert [[row[0] for row in sheet.values] for sheet in book] == [
        ["Id", "0", "1", "2"],
        ["Id", "3", "4"],
        ["Id", "Total", "Check (must be 0)"],
    ]
