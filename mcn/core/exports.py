"""Files for spreadsheets from one SQL query: csv and xlsx, in bounded memory.

The database sends plain values, amounts in whole fen; they become text here, a hundred thousand rows or so at a time.
A spreadsheet must neither compute with what users typed nor shorten an id. So in csv a text that would begin a
formula gets a leading apostrophe, and in xlsx every id is a text cell.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext

from mcn.core.copying import Query, beside, copied
from mcn.core.planning import local_settings

BOM = "\ufeff"  # tells spreadsheet programmes that the csv is UTF-8
FORMULA_STARTS = list("=+-@\t\r")
QUOTED = r'[,"\n\r]'  # in a csv cell that needs quotes
CARE = r'^[=+\-@\t]|[,"\n\r]'  # in one that begins a formula or needs quotes
ROWS_A_SHEET = 1_048_575  # what a sheet holds below its header
YUAN_A_FEN = Decimal("0.01")
SECONDS_END = 19  # length of 2026-07-03 12:00:05; behind it follow parts of a second and the offset


class Kind(Enum):
    """What a column holds, as the query gives it."""

    TEXT = "text"  # what users or platforms wrote
    CODE = "code"  # a word or month of our own, which needs no care
    TIME = "time"  # timestamptz; shown in the transaction's time zone
    AMOUNT = "amount"  # whole fen; shown in yuan with two decimals
    COUNT = "count"
    RATE = "rate"  # decimal text


NUMBERS = {Kind.AMOUNT, Kind.COUNT}
FORMATS = {Kind.AMOUNT: "#,##0.00", Kind.COUNT: "#,##0", Kind.RATE: "0.############"}  # any other: text


@dataclass(frozen=True)
class Column:
    """A column: `name` heads it in csv (for machines), `label` in xlsx (for people, in their language)."""

    name: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    width: int = 12


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def local_times(timezone: str) -> Iterator[None]:
    """Inside, the database words times in this zone.

    Models read their times as UTC: none may be read inside, and the zone goes back before the block ends.
    """
    with local_settings(timezone=timezone, datestyle="ISO"):
        yield


def read(query: Query, columns: Sequence[Column]) -> Iterator[pl.DataFrame]:
    """The query's rows, in frames of limited size. Times come as the database words them.

    While the rows of one frame arrive, those of the one before become a frame.
    """
    types = _types(columns)
    yield from beside(lambda rows: pl.read_csv(rows, has_header=False, schema=types), copied(query, "csv"))


def frame_of(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    """Rows that are made here, values by column and amounts in whole fen, as a frame."""
    return pl.DataFrame(rows, schema=_types(columns), orient="row")


def _types(columns: Sequence[Column]) -> dict[str, Any]:
    return {column.name: pl.Int64 if column.kind in NUMBERS else pl.String for column in columns}


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Block:
    """Adjacent columns of a table that many rows share: row i is row `at[i]` of `frame`; without `at`, row i itself."""

    frame: pl.DataFrame
    at: pl.Series | None = None

    def rows(self, shared: pl.DataFrame) -> pl.DataFrame:
        """The block's rows, where `shared` stands for its frame."""
        return shared if self.at is None else shared[self.at]


@dataclass(frozen=True)
class Table:
    """A table as blocks, from left to right. In csv what many rows share is worded only once."""

    blocks: Sequence[Block]

    @property
    def whole(self) -> pl.DataFrame:
        """The table as one frame."""
        return pl.concat([block.rows(block.frame) for block in self.blocks], how="horizontal")


def write_csv(path: Path, columns: Sequence[Column], frames: Iterable[pl.DataFrame | Table]) -> int:
    """Write the frames to a csv file (UTF-8 with BOM, lines end with LF); returns the number of rows.

    While one frame is written, the next is worded and the one after it read.
    """
    with path.open("wb") as file:
        file.write((BOM + ",".join(column.name for column in columns) + "\n").encode())
        worded = beside(lambda frame: _worded(columns, frame), frames)
        return sum(beside(lambda rows: _write_csv(file, rows), worded))


def _worded(columns: Sequence[Column], table: pl.DataFrame | Table) -> pl.DataFrame:
    blocks = table.blocks if isinstance(table, Table) else [Block(table)]
    return pl.concat([block.rows(_cells(columns, block)) for block in blocks], how="horizontal")


def _write_csv(file: BinaryIO, rows: pl.DataFrame) -> int:
    rows.write_csv(file, include_header=False, quote_style="never")
    return rows.height


def _cells(columns: Sequence[Column], block: Block) -> pl.DataFrame:
    """The block's frame as csv has it; where its rows are repeated, as one text a row."""
    frame = block.frame
    own = [column for column in columns if column.name in frame.columns]
    shown = frame.select(_shown(frame, column) for column in own)
    shown = shown.with_columns(
        _safe(column.name) for column in own if column.kind is Kind.TEXT and _needs_care(shown[column.name])
    )
    if block.at is None or len(own) == 1:
        return shown
    return shown.select(pl.concat_str(pl.all().cast(pl.String).fill_null(""), separator=",").alias(own[0].name))


def _needs_care(texts: pl.Series) -> bool:
    return bool(texts.str.contains(CARE).any())


def _safe(name: str) -> pl.Expr:
    """`safe_cell` for a column of texts, in quotes where csv needs them."""
    text = pl.col(name)
    safe = pl.when(text.str.slice(0, 1).is_in(FORMULA_STARTS)).then("'" + text).otherwise(text)
    quoted = '"' + safe.str.replace_all('"', '""', literal=True) + '"'
    return pl.when(safe.str.contains(QUOTED)).then(quoted).otherwise(safe).alias(name)


def _shown(frame: pl.DataFrame, column: Column) -> pl.Expr:
    """The column as both kinds of file show it: amounts in yuan, exact; times local with their offset."""
    value = pl.col(column.name)
    if column.kind is Kind.AMOUNT:
        return value.cast(pl.Decimal(20, 0)) * YUAN_A_FEN
    return _local_time(frame, column.name) if column.kind is Kind.TIME else value


def _local_time(frame: pl.DataFrame, name: str) -> pl.Expr:
    """ISO 8601 with offset, to the second: `2026-07-03 12:00:05.5+08` becomes `2026-07-03T12:00:05+08:00`."""
    text = pl.col(name)
    date, clock, tail = text.str.slice(0, 10), text.str.slice(11, 8), text.str.slice(SECONDS_END)
    offsets = {}
    for found in frame.select(tail.unique())[name].to_list():
        offset = re.sub(r"^\.\d+", "", found)
        offsets[found] = offset if ":" in offset else f"{offset}:00"
    same = len(offsets) == 1
    shown = pl.lit(next(iter(offsets.values()))) if same else tail.replace_strict(offsets)
    return pl.concat_str(date, pl.lit("T"), clock, shown).alias(name)


def write_xlsx(
    path: Path,
    columns: Sequence[Column],
    frames: Iterable[pl.DataFrame | Table],
    *,
    title: str,
    expected: Mapping[str, int] | None,
) -> int:
    """Write the frames to an xlsx file with a frozen header in the current language; returns the number of rows.

    Below the rows stand the totals of the columns in `expected`, and a check row: total less what is expected
    (fen for amounts), which is 0 where the file is whole; None leaves both out, for a file that another programme
    reads. More rows than a sheet holds go on in a further sheet.
    """
    with workbook(path) as book:
        return write_table(book, columns, frames, title=title, expected=expected)


@contextmanager
def workbook(path: Path, *, made_at: datetime | None = None) -> Iterator[xlsxwriter.Workbook]:
    """An xlsx file to write tables to, in bounded memory. With `made_at` the same tables give the same bytes."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        if made_at is not None:
            book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
        yield book


def write_table(
    book: xlsxwriter.Workbook,
    columns: Sequence[Column],
    frames: Iterable[pl.DataFrame | Table],
    *,
    title: str,
    expected: Mapping[str, int] | None,
) -> int:
    """The same as a sheet of a workbook, after those that it has. Titles have to differ."""
    return _Table(book, columns, title).write(frames, expected)


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook. `rows` are values by column, amounts in fen; `expected` as `write_xlsx` takes it, for
    the columns that are added up; `note` stands below.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    expected: Mapping[str, int]
    note: str = ""

    @property
    def frame(self) -> pl.DataFrame:
        """The rows as a frame."""
        return frame_of(self.columns, self.rows)

    @property
    def checks(self) -> dict[str, int]:
        """Total less what is expected, by column: what the check row shows."""
        places = {column.name: place for place, column in enumerate(self.columns)}
        return {name: sum(row[places[name]] for row in self.rows) - fen for name, fen in self.expected.items()}


def write_workbook(path: Path, sheets: Iterable[Sheet]) -> int:
    """Write sheets of few rows to one xlsx file, each with totals and check row; returns the number of rows."""
    count = 0
    with workbook(path) as book:
        for sheet in sheets:
            made = _Table(book, sheet.columns, sheet.title)
            count += made.write([sheet.frame], sheet.expected)
            if sheet.note:
                made.sheet.write_string(made.row + 1, 0, sheet.note)
    return count


class _Table:
    def __init__(self, book: xlsxwriter.Workbook, columns: Sequence[Column], title: str) -> None:
        self.book, self.columns, self.title = book, columns, title
        self.head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        self.cells = [book.add_format({"num_format": FORMATS.get(column.kind, "@")}) for column in columns]
        self.bold = [book.add_format({"num_format": FORMATS.get(c.kind, "@"), "bold": True, "top": 1}) for c in columns]
        self.sheets = 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self.sheets += 1
        name = self.title if self.sheets == 1 else f"{self.title} {self.sheets}"
        self.sheet = self.book.add_worksheet(name[:31])
        self.sheet.freeze_panes(1, 0)
        for place, column in enumerate(self.columns):
            self.sheet.set_column(place, place, column.width)
            self.sheet.write_string(0, place, str(column.label), self.head)
        self.row = 1

    def _put(self, values: Iterable[Any], formats: Sequence[Any]) -> None:
        for place, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, int | Decimal):
                self.sheet.write_number(self.row, place, value, formats[place])
            elif self.columns[place].kind is Kind.RATE:
                self.sheet.write_number(self.row, place, Decimal(value), formats[place])
            else:
                self.sheet.write_string(self.row, place, value, formats[place])
        self.row += 1

    def write(self, frames: Iterable[pl.DataFrame | Table], expected: Mapping[str, int] | None) -> int:
        names = [column.name for column in self.columns]
        amounts = {column.name for column in self.columns if column.kind is Kind.AMOUNT}
        totals = dict.fromkeys(expected or (), 0)
        count = 0
        for table in frames:
            frame = table.whole if isinstance(table, Table) else table
            for name in totals:
                totals[name] += int(frame[name].sum())
            for values in frame.select(_shown(frame, column) for column in self.columns).iter_rows():
                if self.row > ROWS_A_SHEET:
                    self._next_sheet()
                self._put(values, self.cells)
            count += frame.height
        if expected is None:
            return count
        if self.row + 1 > ROWS_A_SHEET:
            self._next_sheet()
        checks = {name: total - expected[name] for name, total in totals.items()}
        for label, sums in ((gettext("Total"), totals), (gettext("Check (must be 0)"), checks)):
            shown = {name: value * YUAN_A_FEN if name in amounts else value for name, value in sums.items()}
            self._put([label, *(shown.get(name) for name in names[1:])], self.bold)
        return count
