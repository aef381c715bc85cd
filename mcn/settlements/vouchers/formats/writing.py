"""Rows as csv or xlsx for an accounting programme: the same rows give the same bytes."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

Cell = str | int | Decimal
UNDATED = datetime(1980, 1, 1)  # noqa: DTZ001 - a file says nothing of when it was made, so it stays the same


def amount(fen: int) -> Decimal:
    """Fen as yuan with two decimals, exact: 5 → 0.05."""
    return Decimal(fen).scaleb(-2)


def amount_or_blank(fen: int) -> Cell:
    """The same for programmes that read an empty cell as the side that does not count."""
    return amount(fen) if fen else ""


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str) -> None:
    """Write csv (UTF-8 with BOM, CRLF) or xlsx, as the path's suffix says. `sheet` names the sheet of an xlsx."""
    if path.suffix == ".xlsx":
        _write_xlsx(path, header, rows, sheet)
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], sheet: str) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        book.set_properties({"created": UNDATED})
        page = book.add_worksheet(sheet)
        text, money = book.add_format({"num_format": "@"}), book.add_format({"num_format": "0.00"})
        page.freeze_panes(1, 0)
        for place, name in enumerate(header):
            page.write_string(0, place, name, text)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    page.write_number(number, place, cell, money)
                elif isinstance(cell, int):
                    page.write_number(number, place, cell)
                elif cell:
                    page.write_string(number, place, cell, text)
