"""From a file to its tables, whatever its container: a text, the sheets of a workbook, the members of an archive."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from mcn.sales.reading.containers import Source, identify, unpack
from mcn.sales.reading.limits import ReadingLimits
from mcn.sales.reading.sheets import open_html, open_json, open_workbook
from mcn.sales.reading.tables import Table
from mcn.sales.reading.text import open_text


@dataclass
class OpenTables:
    """The tables of a file. Close it, or use it in a `with`: an archive is unpacked until then."""

    sources: list[tuple[str, Sequence[Table]]]
    """Name and tables of the file, or of each member of an archive."""
    ignored: list[str]
    """Members of an archive that are no tables."""
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_tables(path: Path, *, name: str | None = None, limits: ReadingLimits | None = None) -> OpenTables:
    """Opens a file, whatever its encoding or container. `name`: what the user calls it, for messages.

    Raises SalesFileError for a file that cannot be read.
    """
    limits = limits or ReadingLimits()
    source = identify(path, name=name or path.name, limits=limits)
    folder = tempfile.TemporaryDirectory(prefix="sales-file-") if source.kind == "zip" else None
    try:
        members, ignored = [source], list[str]()
        if folder is not None:
            members, ignored = unpack(source, Path(folder.name), limits=limits)
        return OpenTables([(each.name, _tables(each, limits)) for each in members], ignored, folder)
    except BaseException:
        if folder is not None:
            folder.cleanup()
        raise


def _tables(source: Source, limits: ReadingLimits) -> Sequence[Table]:
    if source.kind == "excel":
        return open_workbook(source, limits=limits)
    if source.kind == "html":
        return open_html(source, limits=limits)
    if source.kind == "json":
        return open_json(source, limits=limits)
    return [open_text(source, limits=limits)]
