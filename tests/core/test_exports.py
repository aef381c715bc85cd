"""Cells that a spreadsheet must not run, shorten or compute."""

import csv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import polars as pl
import psycopg
import pytest
from django.db import InternalError, connection, transaction
from django.utils import translation

from mcn.core import copying, exports
from mcn.core.copying import Query
from mcn.core.exports import Block, Column, Kind, Table, read, safe_cell, write_csv, write_xlsx
from mcn.tenancy.scope import ScopeError, agency_scope

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"]
HARMLESS = ["", "1-1", "6900000000000000001", "小鹿", "'=1", " =1"]
TEXTS = [*HOSTILE, *HARMLESS]
COLUMNS = (Column("id", "Id"), Column("amount", "Amount", Kind.AMOUNT), Column("lines", "Lines", Kind.COUNT))


@pytest.mark.parametrize("text", HOSTILE)
def test_what_begins_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.django_db
def test_csv_cells_are_the_safe_ones(tmp_path: Path) -> None:
    query = Query("select t from unnest(%(texts)s::text[]) with ordinality u(t, n) order by n", {"texts": TEXTS})
    write_csv(tmp_path / "a.csv", COLUMNS[:1], read(query, COLUMNS[:1]))
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[0] if row else "" for row in csv.reader(file)][1:] == [safe_cell(text) for text in TEXTS]


@pytest.mark.parametrize("text", [*TEXTS, "a,b", 'a"b', "a\nb", "a\rb", "=a,b"])
def test_a_text_that_needs_care_has_it_as_a_cell_and_in_a_block_of_many_rows(tmp_path: Path, text: str) -> None:
    shared = pl.DataFrame({"id": [text, "小鹿", None], "amount": [1, 2, None]})
    at = pl.Series([0, 1, 2, 0])
    table = Table([Block(shared, at), Block(pl.DataFrame({"lines": [7, 8, 9, 10]}))])
    amounts = ["0.01", "0.02", "", "0.01"]
    for frame in (table, table.whole):
        assert write_csv(tmp_path / "a.csv", COLUMNS, [frame]) == 4
        with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
            found = [tuple(row) for row in csv.reader(file)][1:]
        ids = [safe_cell(text), "小鹿", "", safe_cell(text)]
        assert found == list(zip(ids, amounts, ["7", "8", "9", "10"], strict=True))


@pytest.mark.parametrize(
    ("fen", "yuan"),
    [(0, "0.00"), (-1, "-0.01"), (-1230, "-12.30"), (7, "0.07"), (10**16, "100000000000000.00")],
)
def test_fen_become_yuan_with_two_decimals(tmp_path: Path, fen: int, yuan: str) -> None:
    write_csv(tmp_path / "a.csv", COLUMNS[1:2], [pl.DataFrame({"amount": [fen]})])
    assert (tmp_path / "a.csv").read_text("utf-8-sig") == f"amount\n{yuan}\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-07-03 12:00:05+08", "2026-07-03T12:00:05+08:00"),
        ("2026-07-03 12:00:05.123456+05:30", "2026-07-03T12:00:05+05:30"),
        ("2026-07-03 12:00:05-03", "2026-07-03T12:00:05-03:00"),
    ],
)
def test_times_carry_their_offset(tmp_path: Path, given: str, shown: str) -> None:
    frame = pl.DataFrame({"at": ["2026-01-01 00:00:00+00", given]})
    write_csv(tmp_path / "a.csv", [Column("at", "At", Kind.TIME)], [frame])
    assert (tmp_path / "a.csv").read_text("utf-8-sig").split() == ["at", "2026-01-01T00:00:00+00:00", shown]


@pytest.mark.django_db
def test_csv_has_bom_machine_header_and_quotes(tmp_path: Path) -> None:
    query = Query("select %(id)s, -1230, null", {"id": '=a,"b"\n'})
    assert write_csv(tmp_path / "a.csv", COLUMNS, read(query, COLUMNS)) == 1
    assert (tmp_path / "a.csv").read_bytes().decode() == '\ufeffid,amount,lines\n"\'=a,""b""\n",-12.30,\n'


@pytest.mark.django_db
def test_rows_come_in_frames_of_limited_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BYTES_A_BLOCK", 20)
    query = Query("select 'x' || n, n, n from generate_series(1, 9) n", {})
    frames = list(read(query, COLUMNS))
    assert [frame.height for frame in frames] == [3, 3, 3]
    assert write_csv(tmp_path / "a.csv", COLUMNS, frames) == 9
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[9] == "x9,0.09,9"


@pytest.mark.django_db
def test_reading_may_be_given_up_and_the_connection_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BYTES_A_BLOCK", 20)
    with pytest.raises(InternalError, match="aborted"), transaction.atomic():
        frames = read(Query("select 'x' || n, n, n from generate_series(1, 100000) n", {}), COLUMNS)
        assert next(frames).height == 3
        frames.close()
        connection.cursor().execute("select 1")  # the query was cancelled, and with it its transaction
    assert connection.cursor().execute("select 1").fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_read_where_the_scope_would_not_hold() -> None:
    with agency_scope(1), pytest.raises(ScopeError):
        list(read(Query("select 'x', 1, 1", {}), COLUMNS))


@pytest.mark.django_db
@pytest.mark.parametrize("sql", ["select 1/(2 - n), n, n from generate_series(1, 3) n", "select nothing"])
def test_an_error_of_the_database_is_raised_as_such(sql: str) -> None:
    with pytest.raises(psycopg.errors.Error, match="division by zero|does not exist"), transaction.atomic():
        list(read(Query(sql, {}), COLUMNS))
    assert connection.cursor().execute("select 1").fetchone() == (1,)


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_xlsx_keeps_ids_as_text_and_amounts_exact(tmp_path: Path, english: None) -> None:
    rows = pl.DataFrame({"id": ["6900000000000000001", "=1+1"], "amount": [7, -1230], "lines": [3, 1]})
    count = write_xlsx(tmp_path / "a.xlsx", COLUMNS, [rows], title="Statements", expected={"amount": -1220, "lines": 4})
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
    rows = pl.DataFrame({"id": list("01234"), "amount": [100] * 5, "lines": [1] * 5})
    write_xlsx(tmp_path / "a.xlsx", COLUMNS, [rows], title="Lines", expected={"amount": 500})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert [[row[0] for row in sheet.values] for sheet in book] == [
        ["Id", "0", "1", "2"],
        ["Id", "3", "4"],
        ["Id", "Total", "Check (must be 0)"],
    ]
