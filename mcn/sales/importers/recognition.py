"""Which format a table is in: found by its headers, wherever they stand in the first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mcn.sales.importers.formats import SalesFormat, normal_header
from mcn.sales.importers.registry import FORMATS
from mcn.sales.reading import SalesFileError
from mcn.sales.reading.tables import ROW_NUMBER, SURPLUS, Table


@dataclass(frozen=True)
class Recognised:
    """A table's format, where its header stands, what its columns are called and which is which."""

    format: SalesFormat
    header_row: int
    """Place in the table's preview."""
    names: list[str]
    """All columns from the left, each name once."""
    headers: dict[str, str]
    """Meaning → one of `names`."""


@dataclass(frozen=True)
class _Attempt:
    recognised: Recognised
    missing: list[str]

    @property
    def found(self) -> int:
        return sum(column.required for column in self.recognised.format.columns.values()) - len(self.missing)


def recognise(tables: Sequence[Table], code: str | None) -> list[tuple[Table, Recognised]]:
    """The tables of one file that are in a known format (or in the named one), with their layout.

    Raises SalesFileError when none is (naming the nearest format and what it lacks) or a table fits several.
    """
    if code is not None and code not in FORMATS:
        raise SalesFileError("unknown_format_code", file=tables[0].file, format=code, known=", ".join(FORMATS))
    candidates = list(FORMATS.values()) if code is None else [FORMATS[code]]
    fitting, nearest = [], None
    for table in tables:
        attempts = _attempts(table, candidates)
        whole = [attempt for attempt in attempts if not attempt.missing]
        if len({attempt.recognised.format.code for attempt in whole}) > 1:
            codes = ", ".join(sorted({attempt.recognised.format.code for attempt in whole}))
            raise SalesFileError("several_formats", file=table.file, sheet=table.sheet, formats=codes)
        if whole:
            fitting.append((table, whole[0].recognised))
        for attempt in attempts:
            if nearest is None or attempt.found > nearest[1].found:
                nearest = (table, attempt)
    if fitting:
        return fitting
    raise _refusal(tables[0], nearest, code)


def _refusal(table: Table, nearest: tuple[Table, _Attempt] | None, code: str | None) -> SalesFileError:
    if nearest is not None:
        near, attempt = nearest
        # Half of the columns make it likely that this format was meant.
        if code is not None or attempt.found >= len(attempt.missing):
            return SalesFileError(
                "missing_columns",
                file=near.file,
                sheet=near.sheet,
                format=attempt.recognised.format.code,
                row=attempt.recognised.header_row + 1,
                columns=", ".join(attempt.missing),
            )
    return SalesFileError("unknown_format", file=table.file, sheet=table.sheet, known=", ".join(FORMATS))


def _attempts(table: Table, candidates: Sequence[SalesFormat]) -> list[_Attempt]:
    attempts = []
    for row_number, row in enumerate(table.preview):
        if len(row) > 1:
            names = _unique_names(row)
            by_header: dict[str, str] = {}
            for cell, name in zip(row, names, strict=False):
                by_header.setdefault(normal_header(cell), name)
            attempts += [_attempt(row_number, names, by_header, layout) for layout in candidates]
    return attempts


@cache
def _known_headers(names: tuple[str, ...]) -> list[str]:
    return [normal_header(name) for name in names]


def _attempt(row_number: int, names: list[str], by_header: Mapping[str, str], layout: SalesFormat) -> _Attempt:
    headers, missing = {}, []
    for key, column in layout.columns.items():
        known = _known_headers(column.names)
        found = next((by_header[header] for header in known if header in by_header), None)
        if found is not None:
            headers[key] = found
        elif column.required:
            missing.append(column.names[0])
    return _Attempt(Recognised(layout, row_number, names, headers), missing)


def _unique_names(row: Sequence[str]) -> list[str]:
    """The header's cells as they stand, made distinct; empty ones at the end are no columns."""
    width = max((place + 1 for place, cell in enumerate(row) if normal_header(cell)), default=0)
    taken = {ROW_NUMBER, SURPLUS}
    names = []
    for place, cell in enumerate(row[:width], start=1):
        name = base = cell.strip(" \t\r\n\ufeff\u200b'\"") or f"({place})"
        while name in taken:
            name = f"{base} ({place})"
            base = name
        taken.add(name)
        names.append(name)
    return names
