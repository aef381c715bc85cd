"""Small files that people make themselves or get from a bank: the table whose header names the columns looked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from mcn.core.errors import RuleError
from mcn.core.formats import listed
from mcn.sales.importers.formats import normal_header
from mcn.sales.reading.containers import identify
from mcn.sales.reading.limits import ReadingLimits
from mcn.sales.reading.sheets import open_workbook
from mcn.sales.reading.tables import Table
from mcn.sales.reading.text import open_text

Names = Mapping[str, Sequence[str]]


def open_tables(path: Path, *, name: str, largest_bytes: int) -> list[Table]:
    """The tables of a csv or workbook. Raises RuleError for another kind of file, SalesFileError for a broken one."""
    limits = ReadingLimits(file_bytes=largest_bytes, workbook_bytes=8 * largest_bytes)
    source = identify(path, name=name, limits=limits)
    if source.kind == "excel":
        return list(open_workbook(source, limits=limits))
    if source.kind == "text":
        return [open_text(source, limits=limits)]
    raise RuleError(_("Such a file is brought in as csv or xlsx."), field="upload")


def named_columns(tables: Sequence[Table], names: Names, *needed: Sequence[str]) -> tuple[Table, int, dict[str, str]]:
    """The table that has the columns, the place of its header, and meaning → name of each column from the left.

    `names`: what a column of a meaning may be called; `needed`: one set of meanings that suffices, or several. Columns
    that mean nothing here have their place as meaning. Raises RuleError that names what is missing.
    """
    known = {normal_header(name): meaning for meaning, given in names.items() for name in given}
    nearest: set[str] = set()
    for table in tables:
        for place, cells in enumerate(table.preview):
            columns: dict[str, str] = {}
            for position, cell in enumerate(cells):
                meaning = known.get(normal_header(cell), "")
                columns[meaning if meaning and meaning not in columns else f"({position})"] = f"c{position}"
            if any(all(name in columns for name in enough) for enough in needed):
                return table, place, columns
            nearest = max(nearest, columns.keys() & names.keys(), key=len)
    missing = [names[name][0] for name in needed[0] if name not in nearest]
    raise RuleError(_("These columns are missing: %(columns)s."), field="upload", columns=listed(missing))
