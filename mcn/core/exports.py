"""Files for spreadsheets from one SQL query: csv by COPY, xlsx row by row, in bounded memory.

The rows come as the database makes them: amounts as decimals in yuan, everything else as text or whole numbers.
A spreadsheet must neither compute with what users typed nor shorten an id. So in csv a text that would begin a
formula gets a leading apostrophe, and in xlsx every id is a text cell.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db import connections
from django.utils.functional import Promise
from django.utils.translation import gettext

BOM = "\ufeff"  # tells spreadsheet programmes that the csv is UTF-8
FORMULA_STARTS = "=+-@\t\r"
FORMULA_CODES = ", ".join(str(ord(start)) for start in FORMULA_STARTS)
ROWS_A_SHEET = 1_048_575  # what a sheet holds below its header
FETCH_ROWS = 5_000
FEW_ROWS = 20_000  # up to here looking rows up one by one costs less than reading whole tables
SORT_MEMORY = "256MB"  # enough to sort a month of a million lines without touching the disk

Text = Callable[[str], str]
"""Makes the SQL expression of a text that users typed fit for the file."""


class Kind(Enum):
    """What a column holds; in xlsx it decides cell type, number format and alignment."""

    TEXT = "text"
    AMOUNT = "amount"  # yuan
    COUNT = "count"
    RATE = "rate"


FORMATS = {Kind.TEXT: "@", Kind.AMOUNT: "#,##0.00", Kind.COUNT: "#,##0", Kind.RATE: "0.############"}


@dataclass(frozen=True)
class Column:
    """A column: `name` heads it in csv (for machines), `label` in xlsx (for people, in their language)."""

    name: str
    label: str | Promise
    kind: Kind = Kind.TEXT
    width: int = 12


@dataclass(frozen=True)
class Query:
    """A query with its parameters by name. It selects one expression for each column of the file."""

    sql: str
    params: Mapping[str, Any]


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text


def safe_sql(expression: str) -> str:
    """`safe_cell` as SQL. Comparing the first character's code costs a quarter of a pattern match."""
    return f"case when ascii({expression}) in ({FORMULA_CODES}) then '''' || {expression} else {expression} end"


def plain_sql(expression: str) -> str:
    """The text as it is: for xlsx, where a text cell is never a formula."""
    return expression


def yuan_sql(expression: str) -> str:
    """SQL of an amount in yuan with two decimals, exact, from an expression in whole fen."""
    return f"({expression}) * 0.01"


def prepare(timezone: str) -> None:
    """Set this transaction up for exporting: local times, memory for one large sort, plans for reading to the end."""
    _set_local(timezone=timezone, work_mem=SORT_MEMORY, cursor_tuple_fraction="1", jit="off")


def expect_rows(count: int) -> None:
    """Tell the planner, for the rest of the transaction, how many rows the next query joins.

    After a mass load there are no statistics yet; the planner then takes a million rows for a few and looks them
    up one by one, which takes hours. A hash join is right for many rows, whatever the statistics say.
    """
    _set_local(enable_nestloop="off" if count > FEW_ROWS else "on")


def _set_local(**values: str) -> None:
    with connections["default"].cursor() as cursor:
        for name, value in values.items():
            cursor.execute("select set_config(%s, %s, true)", [name, value])


def write_csv(path: Path, columns: Sequence[Column], query: Query) -> int:
    """Write the query's rows to a csv file (UTF-8 with BOM, lines end with LF); returns how many."""
    with connections["default"].cursor() as cursor, path.open("wb") as file:
        file.write((BOM + ",".join(column.name for column in columns) + "\n").encode())
        with cursor.copy(f"copy ({query.sql}) to stdout (format csv)", query.params) as data:
            for block in data:
                file.write(block)
        return int(cursor.rowcount)


def stream(query: Query) -> Iterator[tuple[Any, ...]]:
    """The query's rows through a cursor on the server: a few thousand at a time are in memory."""
    connection = connections["default"]
    connection.ensure_connection()
    with connection.connection.cursor(name="mcn_export") as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(query.sql, query.params)
        yield from cursor


def write_xlsx(
    path: Path,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    *,
    title: str,
    expected: Mapping[str, Decimal | int],
) -> int:
    """Write rows to an xlsx file with a frozen header in the current language; returns how many.

    Below the rows stand the totals of the columns in `expected`, and a check row: total less what is expected,
    which is 0 where the file is whole. More rows than a sheet holds go on in a further sheet.
    """
    with xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        return _Book(book, columns, title).write(rows, expected)


class _Book:
    def __init__(self, book: xlsxwriter.Workbook, columns: Sequence[Column], title: str) -> None:
        self.book, self.columns, self.title = book, columns, title
        self.head = book.add_format({"bold": True, "bottom": 1, "num_format": "@"})
        self.cells = [book.add_format({"num_format": FORMATS[column.kind]}) for column in columns]
        self.bold = [book.add_format({"num_format": FORMATS[c.kind], "bold": True, "top": 1}) for c in columns]
        self.sheets = 0
        self._next_sheet()

    def _next_sheet(self) -> None:
        self.sheets += 1
        name = self.title if self.sheets == 1 else f"{self.title} {self.sheets}"
        self.sheet = self.book.add_worksheet(name[:31])
        self.sheet.freeze_panes(1, 0)
        for place, column in enumerate(self.columns):
            self.sheet.set_column(place, place, column.width)
        self.row = 0
        self._put([str(column.label) for column in self.columns], [self.head] * len(self.columns))

    def _put(self, values: Sequence[Any], formats: Sequence[Any]) -> None:
        for place, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, Decimal | int):
                self.sheet.write_number(self.row, place, value, formats[place])
            else:
                self.sheet.write_string(self.row, place, value, formats[place])
        self.row += 1

    def write(self, rows: Iterable[Sequence[Any]], expected: Mapping[str, Decimal | int]) -> int:
        places = {place: column.name for place, column in enumerate(self.columns) if column.name in expected}
        totals: dict[int, Decimal] = dict.fromkeys(places, Decimal(0))
        count = 0
        for values in rows:
            if self.row > ROWS_A_SHEET:
                self._next_sheet()
            self._put(values, self.cells)
            for place in places:
                totals[place] += values[place]
            count += 1
        if self.row + 2 > ROWS_A_SHEET:
            self._next_sheet()
        checks = {place: total - expected[places[place]] for place, total in totals.items()}
        for label, sums in ((gettext("Total"), totals), (gettext("Check (must be 0)"), checks)):
            self._put([label, *(sums.get(place) for place in range(1, len(self.columns)))], self.bold)
        return count
