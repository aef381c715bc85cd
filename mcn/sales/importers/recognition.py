"""Which format a table is in: found by its headers, wherever they stand in the first rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mcn.core.errors import Listed
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
    other: list[str]
    """Headers of the file that a column mapping was not made for, and those of the mapping that the file lacks."""

    @property
    def fits(self) -> bool:
        return not self.missing and not self.other

    @property
    def found(self) -> int:
        return sum(column.required for column in self.recognised.format.columns.values()) - len(self.missing)


def recognise(
    tables: Sequence[Table], code: str | None, own: Sequence[SalesFormat] = ()
) -> list[tuple[Table, Recognised]]:
    """The tables of one file that are in a known format (or in the named one), with their layout.

    `own`: formats that the agency described itself. They are tried where no built-in one fits, and fit only files
    with just the headers that they were made for; a named one needs its columns alone.
    Raises SalesFileError when none is (naming the nearest format and what it lacks) or a table fits several.
    """
    known = {**FORMATS, **{layout.code: layout for layout in own}}
    if code is not None and code not in known:
        names = Listed(layout.name_and_code for layout in known.values())
        raise SalesFileError("unknown_format_code", file=tables[0].file, format=code, known=names)
    rounds = [[*FORMATS.values()], [*own]] if code is None else [[known[code]]]
    fitting, nearest = [], None
    for table in tables:
        for candidates in rounds:
            attempts = _attempts(table, candidates, by_itself=code is None)
            whole = [attempt for attempt in attempts if attempt.fits]
            found = {attempt.recognised.format.code: attempt.recognised.format for attempt in whole}
            if len(found) > 1:
                several = Listed(found[code].name_and_code for code in sorted(found))
                raise SalesFileError("several_formats", file=table.file, sheet=table.sheet, formats=several)
            for attempt in attempts:
                if nearest is None or attempt.found > nearest[1].found:
                    nearest = (table, attempt)
            if whole:
                fitting.append((table, whole[0].recognised))
                break
    if fitting:
        return fitting
    raise _refusal(tables[0], nearest, code, known.values())


def _refusal(
    table: Table, nearest: tuple[Table, _Attempt] | None, code: str | None, known: Iterable[SalesFormat]
) -> SalesFileError:
    if nearest is not None:
        near, attempt = nearest
        # Half of the columns make it likely that this format was meant.
        if code is not None or attempt.found >= len(attempt.missing):
            return SalesFileError(
                "missing_columns" if attempt.missing else "other_headers",
                file=near.file,
                sheet=near.sheet,
                format=attempt.recognised.format.name,
                row=attempt.recognised.header_row + 1,
                columns=Listed(attempt.missing or attempt.other),
            )
    names = Listed(layout.name for layout in known)
    return SalesFileError("unknown_format", file=table.file, sheet=table.sheet, known=names)


def _attempts(table: Table, candidates: Sequence[SalesFormat], *, by_itself: bool) -> list[_Attempt]:
    attempts = []
    for row_number, row in enumerate(table.preview):
        if len(row) > 1:
            names = unique_names(row)
            by_header: dict[str, str] = {}
            for cell, name in zip(row, names, strict=False):
                by_header.setdefault(normal_header(cell), name)
            for name in names:  # a header that stands again has a name of its own, which column mappings use
                by_header.setdefault(normal_header(name), name)
            attempts += [_attempt(row_number, names, by_header, layout, by_itself) for layout in candidates]
    return attempts


@cache
def _known_headers(names: tuple[str, ...]) -> list[str]:
    return [normal_header(name) for name in names]


def _attempt(
    row_number: int, names: list[str], by_header: Mapping[str, str], layout: SalesFormat, by_itself: bool
) -> _Attempt:
    headers, missing = {}, []
    for key, column in layout.columns.items():
        known = _known_headers(column.names)
        found = next((by_header[header] for header in known if header in by_header), None)
        if found is not None:
            headers[key] = found
        elif column.required:
            missing.append(column.names[0])
    other = []
    if by_itself and layout.is_mapped and not missing:
        there = {normal_header(name): name for name in names}
        other = [name for header, name in there.items() if header not in layout.headers]
        other += sorted(layout.headers - there.keys())
    return _Attempt(Recognised(layout, row_number, names, headers), missing, other)


def unique_names(row: Sequence[str]) -> list[str]:
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
