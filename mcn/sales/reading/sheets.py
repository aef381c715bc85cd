"""Spreadsheets, HTML tables that call themselves .xls, and JSON lists."""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from python_calamine import load_workbook

from mcn.sales.reading.containers import Source, damage_named
from mcn.sales.reading.errors import SalesFileError
from mcn.sales.reading.limits import ReadingLimits
from mcn.sales.reading.probing import check_opens
from mcn.sales.reading.tables import RowTable, cell_text, preview_of
from mcn.sales.reading.text import open_text

# A workbook's rows are turned into text in smaller batches: their cells are Python objects meanwhile.
_SHEET_BATCH_ROWS = 20_000


def open_workbook(source: Source, *, limits: ReadingLimits) -> list[RowTable]:
    """The sheets of an xlsx or xls that hold anything.

    Cells are read where they stand: the size a sheet declares is wrong in some platforms' exports.
    Raises SalesFileError for damaged and encrypted workbooks, and for those that take too much memory.
    """
    check_opens(source.path, name=source.name, limits=limits)
    # Opened as a stream, because by name the library believes the suffix.
    with damage_named(source.name), source.path.open("rb") as stream:
        workbook = load_workbook(stream)
        tables = []
        for name in workbook.sheet_names:
            with damage_named(source.name, name):
                sheet = workbook.get_sheet_by_name(name)
                if sheet.start is None:
                    continue
                tables.append(
                    RowTable(
                        file=source.name,
                        sheet=name,
                        preview=preview_of(sheet.iter_rows(), limits.header_rows),
                        rows=sheet.iter_rows,
                        batch_rows=min(_SHEET_BATCH_ROWS, limits.batch_rows),
                    )
                )
    if not tables:
        raise SalesFileError("not_a_table", file=source.name)
    return tables


class _TableParser(HTMLParser):
    """Collects the rows of the outermost tables; a cell over several columns leaves the others empty."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str | None]]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth != 1:
            return
        elif tag == "tr":
            self._close_cell()
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._close_cell()
            if not self.tables[-1]:
                self.tables[-1].append([])
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 1000) if span.isdecimal() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table") and self._depth == 1:
            self._close_cell()
        if tag == "table":
            self._depth = max(0, self._depth - 1)

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close_cell(self) -> None:
        if self._cell is not None:
            text = "".join(self._cell).strip()
            self.tables[-1][-1] += [text or None, *[None] * (self._span - 1)]
            self._cell = None


def open_html(source: Source, *, limits: ReadingLimits) -> list[RowTable]:
    """The tables of an HTML page, which is what some exports named .xls are. Raises SalesFileError if none."""
    text = open_text(source, limits=limits)
    with damage_named(source.name):
        parser = _TableParser()
        characters = codecs.getincrementaldecoder("utf-8")()  # a block may end within a character
        for block in text.blocks():
            parser.feed(characters.decode(block))
        parser.close()
    tables = [_listed(source.name, rows, limits) for rows in parser.tables if rows]
    if not tables:
        raise SalesFileError("not_a_table", file=source.name)
    return tables


def open_json(source: Source, *, limits: ReadingLimits) -> list[RowTable]:
    """A JSON list of orders, or an object that holds one, as a table of its flattened keys.

    Numbers stay the text they are: ids of 19 digits and amounts lose nothing. Nested keys are joined by `_`; a list
    of one object is that object.
    The rows are numbered from 1, the keys being no row. Raises SalesFileError for other shapes.
    """
    text = open_text(source, limits=limits)
    with damage_named(source.name):
        content = b"".join(text.blocks())
        document = json.loads(content, parse_int=str, parse_float=str, parse_constant=str)
        records = _records_of(document)
        if records is None:
            raise SalesFileError("json_shape", file=source.name)
        flat = [_flattened(_unwrapped(record)) for record in records]
    keys = list(dict.fromkeys(key for record in flat for key in record))
    rows: list[list[str | None]] = [[*keys], *([record.get(key) for key in keys] for record in flat)]
    return [_listed(source.name, rows, limits, first_number=0)]


def _records_of(document: Any) -> list[dict[str, Any]] | None:
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        if len(lists) != 1:
            inner = [value for value in document.values() if isinstance(value, dict)]
            return _records_of(inner[0]) if not lists and len(inner) == 1 else None
        document = lists[0]
    if isinstance(document, list) and all(isinstance(record, dict) for record in document):
        return document
    return None


def _unwrapped(record: dict[str, Any]) -> dict[str, Any]:
    """An order that is the only member of an object around it."""
    (only, *others) = record.values() if record else (None,)
    return only if isinstance(only, dict) and not others else record


def _flattened(record: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in record.items():
        only = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(only, dict):
            flat |= _flattened(only, f"{prefix}{key}_")
        elif isinstance(value, list):
            flat[prefix + key] = json.dumps(value, ensure_ascii=False)
        elif value is not None:
            flat[prefix + key] = cell_text(value) or ""
    return flat


def _listed(file: str, rows: Sequence[Sequence[Any]], limits: ReadingLimits, first_number: int = 1) -> RowTable:
    return RowTable(
        file=file,
        sheet=None,
        preview=preview_of(rows, limits.header_rows),
        rows=lambda: rows,
        batch_rows=limits.batch_rows,
        first_number=first_number,
    )
