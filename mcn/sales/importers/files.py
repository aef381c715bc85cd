"""Opening a platform's sales file: recognise its format, then hand out its lines in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

import polars as pl

from mcn.sales.importers.formats import SalesFormat, is_personal
from mcn.sales.importers.lines import KEYS, REJECTED_SCHEMA, Normalised, normalise, reasons, zeroed_columns
from mcn.sales.importers.recognition import Recognised, recognise
from mcn.sales.reading import ReadingLimits
from mcn.sales.reading.containers import damage_named
from mcn.sales.reading.opening import OpenTables, open_tables
from mcn.sales.reading.tables import ROW_NUMBER, SURPLUS, Table
from mcn.sales.reading.text import TextTable


class LinesRepeat(Exception):
    """Some lines stand in the file more than once, and batches were handed out before that was known."""


@dataclass(frozen=True)
class Batch:
    """Up to 100,000 rows of one part.

    `frame`: the lines (LINE_SCHEMA). `rejected`: refused rows, `skipped`: rows that are no line or are
    superseded by a newer state in the same file (both REJECTED_SCHEMA). `raw`: the original cells of all these
    rows as text, with `row_number`, without columns of buyers' personal data.
    """

    part: Part
    frame: pl.DataFrame
    rejected: pl.DataFrame
    skipped: pl.DataFrame
    raw: pl.DataFrame

    @property
    def rows_read(self) -> int:
        return self.frame.height + self.rejected.height + self.skipped.height


@dataclass(frozen=True)
class Part:
    """One table of a file whose headers were recognised: the only one of a CSV, a sheet, a member of a ZIP."""

    table: Table
    recognised: Recognised

    @property
    def file(self) -> str:
        return self.table.file

    @property
    def sheet(self) -> str | None:
        return self.table.sheet

    @property
    def format(self) -> SalesFormat:
        return self.recognised.format

    def frames(self, only: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        found = self.recognised
        columns = None if only is None else [found.headers[key] for key in only if key in found.headers]
        with damage_named(self.file, self.sheet):
            yield from self.table.frames(header=found.header_row, names=found.names, only=columns)

    def batches(self) -> Iterator[tuple[pl.DataFrame, frozenset[str]]]:
        """All frames, and with each the columns of identifiers whose last digits a spreadsheet has lost: what the first
        frame tells of the whole.
        """
        zeroed: frozenset[str] | None = None
        for raw in self.frames():
            if zeroed is None:
                zeroed = zeroed_columns(raw, self.format, self.recognised.headers)
            yield raw, zeroed


@dataclass
class SalesFile:
    """A recognised file: its parts and, batch by batch, their lines. Close it, or use it in a `with`."""

    parts: list[Part]
    ignored: list[str]
    """Sheets and archive members that hold no sales."""
    zone: str
    exported_at: datetime | None = None
    """When the platform wrote the file, if known."""
    _opened: OpenTables | None = field(default=None, repr=False)
    _repeats: dict[int, pl.Series] | None = field(default=None, init=False, repr=False)
    """What the look for repeated lines found, once it was made."""

    @property
    def format(self) -> str:
        """Code of the format; of the first part where an archive holds several."""
        return self.parts[0].format.code

    @property
    def sheet(self) -> str | None:
        return self.parts[0].sheet

    def batches(self, *, at_once: bool = False) -> Iterator[Batch]:
        """All lines, each key once: of repeated ones the newest state by (platform's change time, state, row).

        Whether lines stand twice takes another look at the whole file. With `at_once` the batches come without it,
        and LinesRepeat is raised at the latest after the last should some: forget the batches and ask again. Raises
        SalesFileError when the bytes turn out to be damaged on the way: work in one transaction.
        """
        # A workbook is read as a whole anyway, and most of it is in memory when its second look begins.
        if at_once and self._repeats is None and all(isinstance(part.table, TextTable) for part in self.parts):
            yield from self._unless_lines_repeat()
            return
        if self._repeats is None:
            self._repeats = self._superseded()
        yield from self._batches(self._repeats)

    def _unless_lines_repeat(self) -> Iterator[Batch]:
        """The batches as they stand. Hashes of all keys so far are compared whenever their number has doubled."""
        seen: list[pl.Series] = []
        due = 1
        for batch in self._batches({}):
            seen.append(_line_hash(batch.frame))
            if len(seen) == due:
                _refuse_repeats(seen)
                due *= 2
            yield batch
        _refuse_repeats(seen)

    def _batches(self, superseded: dict[int, pl.Series]) -> Iterator[Batch]:
        for number, part in enumerate(self.parts):
            older = superseded.get(number)
            for raw, zeroed in part.batches():
                done = self._normalised(part, raw, zeroed)
                lines, skipped = done.lines, done.skipped
                if older is not None:
                    repeated = lines[ROW_NUMBER].is_in(older.implode())
                    skipped = pl.concat([skipped, reasons(lines.filter(repeated)[ROW_NUMBER], "repeated")])
                    lines = lines.filter(~repeated)
                if lines.height or skipped.height or done.rejected.height:
                    yield Batch(part, lines, done.rejected, skipped, _kept_raw(raw))

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _normalised(self, part: Part, raw: pl.DataFrame, zeroed: frozenset[str]) -> Normalised:
        return normalise(raw, part.format, part.recognised.headers, self.zone, self.exported_at, zeroed=zeroed)

    def _superseded(self) -> dict[int, pl.Series]:
        """Row numbers, by part, of lines that stand again in a newer state.

        First only hashes of the keys are compared, which costs little memory; only the few lines whose hash
        occurs twice are then read wholly and compared by their keys.
        """
        hashes = [_key_hash(part, raw) for part in self.parts for raw in part.frames(KEYS)]
        if not hashes:
            return {}
        every = pl.concat(hashes)
        twice = every.filter(every.is_duplicated()).unique().drop_nulls()
        if twice.is_empty():
            return {}
        found = []
        for number, part in enumerate(self.parts):
            for raw, zeroed in part.batches():
                doubtful = raw.filter(_key_hash(part, raw).is_in(twice.implode()))
                lines = self._normalised(part, doubtful, zeroed).lines
                found.append(
                    lines.select("platform", *KEYS, "changed_at", "status_order", ROW_NUMBER, part=pl.lit(number))
                )
        lines = pl.concat(found).sort("changed_at", "status_order", "part", ROW_NUMBER, nulls_last=False)
        last = lines.select(pl.struct("platform", *KEYS).is_last_distinct()).to_series()
        return {
            number: group[ROW_NUMBER]
            for (number,), group in lines.filter(~last).partition_by("part", as_dict=True).items()
        }


def open_sales_file(
    path: Path | str,
    *,
    format: str | None = None,
    own: Sequence[SalesFormat] = (),
    zone: str | ZoneInfo,
    exported_at: datetime | None = None,
    name: str | None = None,
    limits: ReadingLimits | None = None,
) -> SalesFile:
    """Opens a platform's file, whatever its encoding or container, and recognises its format by its headers.

    `format`: code of the format instead of recognising it. `own`: formats that the agency described itself, beside
    the built-in ones. `zone`: the agency's; times without offset are in it. `exported_at`: when the platform wrote
    the file; without it nothing is known to have happened by then. `name`: what the user calls the file, for messages.
    Of a workbook the sheets that fit are read; of an archive every table must fit.
    Raises SalesFileError for a file that cannot be read or recognised; nothing of it is imported then.
    """
    opened = open_tables(Path(path), name=name, limits=limits)
    try:
        ignored = list(opened.ignored)
        parts: list[Part] = []
        for source, tables in opened.sources:
            fitting = recognise(tables, format, own)
            parts += [Part(table, found) for table, found in fitting]
            read = [table.sheet for table, _ in fitting]
            ignored += [f"{source}: {table.sheet}" for table in tables if table.sheet not in read]
        return SalesFile(parts, ignored, str(zone), exported_at, opened)
    except BaseException:
        opened.close()
        raise


def _line_hash(lines: pl.DataFrame) -> pl.Series:
    """One number per line for its keys: equal keys have equal numbers."""
    joined = pl.concat_str(pl.col("platform", *KEYS).fill_null(""), separator="\x1f")
    return lines.select(joined.hash(seed=0).alias("hash")).to_series()


def _refuse_repeats(hashes: list[pl.Series]) -> None:
    if hashes and bool(pl.concat(hashes).is_duplicated().any()):
        raise LinesRepeat


def _key_hash(part: Part, raw: pl.DataFrame) -> pl.Series:
    """One number per row for its keys; null where there is none. Equal keys have equal hashes."""
    found, columns = part.recognised, part.format.columns
    keys = [columns[key].parse(raw[found.headers[key]], "UTC").values.alias(key) for key in KEYS if key in columns]
    frame = pl.DataFrame(keys)
    joined = pl.concat_str([pl.lit(part.format.platform), *frame.columns], separator="\x1f")
    return frame.select(pl.when(joined.is_not_null()).then(joined.hash(seed=0)).alias("hash")).to_series()


def _kept_raw(raw: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([raw[name] for name in raw.columns if name != SURPLUS and not is_personal(name)])


__all__ = ["REJECTED_SCHEMA", "Batch", "LinesRepeat", "Part", "SalesFile", "open_sales_file"]
