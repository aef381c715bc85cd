"""A table as every reader hands it over: the first rows to find the header in, then frames of text cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Protocol

import polars as pl

ROW_NUMBER = "row_number"
SURPLUS = "+"
"""Name of the column that says what is wrong with a row's shape: the first cell beyond the header, where values
may be shifted, or CUT_OFF."""
CUT_OFF = "\x00"
"""In SURPLUS: the text ends in the middle of this row, so that its last value may lack digits."""

# From here on a number cell has lost digits: floating-point cells hold whole numbers only up to 2^53.
_EXACT_UNTIL = 1 << 53


class Table(Protocol):
    """One sheet, one delimited text, one list: read several times, in batches, always in the same order."""

    file: str
    sheet: str | None
    preview: list[list[str]]
    """The first rows; `preview[0]` is row 1 (row 0 for JSON, whose keys are no row)."""

    def frames(self, *, header: int, names: Sequence[str], only: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows below `preview[header]` as text, with `row_number` as a spreadsheet shows it.

        `names` name the columns from the left; `only` limits the columns that are read. Empty cells are null.
        """
        ...


@dataclass
class RowTable:
    """A table whose rows come as Python lists: spreadsheets, HTML tables, JSON."""

    file: str
    sheet: str | None
    preview: list[list[str]]
    rows: Callable[[], Iterable[Sequence[Any]]]
    batch_rows: int
    first_number: int = 1

    def frames(self, *, header: int, names: Sequence[str], only: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        wanted = [(place, name) for place, name in enumerate(names) if only is None or name in only]
        body = islice(iter(self.rows()), header + 1, None)
        number = self.first_number + header + 1
        while batch := list(islice(body, self.batch_rows)):
            columns: dict[str, Any] = {ROW_NUMBER: pl.arange(number, number + len(batch), eager=True, dtype=pl.Int64)}
            for place, name in wanted:
                cells = [cell_text(row[place]) if place < len(row) else None for row in batch]
                columns[name] = pl.Series(name, cells, dtype=pl.String)
            yield pl.DataFrame(columns)
            number += len(batch)


def preview_of(rows: Iterable[Sequence[Any]], count: int) -> list[list[str]]:
    return [[cell_text(cell) or "" for cell in row] for row in islice(rows, count)]


def cell_text(value: Any) -> str | None:
    """What a typed cell says, as text. Numbers keep the 15 digits a spreadsheet keeps and shows.

    A whole number too large to be exact is written in scientific notation, so that it is refused as an
    identifier instead of passing for one.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value  # the database stores no zero bytes
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not abs(value) < _EXACT_UNTIL:
            return f"{value:.14E}"
        return str(int(value)) if value.is_integer() else f"{Decimal(f'{value:.15g}'):f}"
    if isinstance(value, datetime):
        # A spreadsheet keeps times as fractions of a day: a second may have become 0.9995 of one.
        return (value + timedelta(milliseconds=500)).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
