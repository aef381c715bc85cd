"""The sample files of the platforms, and ways to bring them into other shapes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import polars as pl

from mcn.sales.importers import open_sales_file

FOLDER = Path(__file__).parents[1] / "fixtures" / "platform_files"
ZONE = "Asia/Shanghai"
MONEY = ["est_base", "est_gross", "est_fee", "est_holder", "set_base", "set_gross", "set_fee", "set_holder"]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def sample(code: str) -> Path:
    return FOLDER / f"{code}.csv"


def rows_of(code: str) -> list[list[str]]:
    with sample(code).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def as_csv(rows: Sequence[Sequence[object]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerows(rows)
    return out.getvalue()


def as_xlsx(path: Path, rows: Sequence[Sequence[object]], title: str = "Sheet1") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def with_cell(rows: list[list[str]], row: int, column: str, value: object) -> list[list[object]]:
    """The rows with one cell replaced; `row` as a spreadsheet shows it."""
    changed: list[list[object]] = [list(each) for each in rows]
    changed[row - 1][rows[0].index(column)] = value
    return changed


def read(path: Path, **options: object) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """All lines, rejected and skipped rows of a file."""
    with open_sales_file(path, zone=ZONE, **options) as sales:
        batches = list(sales.batches())
    return tuple(pl.concat([getattr(batch, name) for batch in batches]) for name in ("frame", "rejected", "skipped"))


def content(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """What the lines say, without where they stand."""
    return frame.drop("row_number").rows()


def column(frame: pl.DataFrame, name: str) -> list[object]:
    return frame[name].to_list()


Writer = Callable[[Path, list[list[str]]], Path]
