"""A file read on trial with a layout: what the product would make of its rows, without taking anything in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl

from mcn.sales.importers.formats import SalesFormat, is_personal, normal_header
from mcn.sales.importers.lines import KEYS, normalise, zeroed_columns
from mcn.sales.reading.cells import compact, tidy
from mcn.sales.reading.tables import ROW_NUMBER, SURPLUS

MOST_ROWS: Final = 100_000
"""So many rows are read on trial; the import reads all."""
SHOWN_ROWS: Final = 20
MOST_WORDS: Final = 60
"""A column with more different values is no status."""
_SUMS = ("est_base", "est_gross", "est_fee", "set_base", "set_gross", "set_fee", "set_holder")


@dataclass(frozen=True)
class TrialRow:
    """One row as it would be read: the normalised `line`, or the code, column and value it is left out for."""

    number: int
    line: dict[str, Any] | None
    code: str = ""
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Trial:
    """What became of the rows. `sums`: fen by normalised column over all lines; `refused`, `left_out`: rows by
    reason; `repeated`: rows whose line stands in the file again, so that only the newest of them counts.
    """

    rows: list[TrialRow]
    lines: int
    settled: int
    repeated: int
    sums: dict[str, int | None]
    refused: Counter[str]
    left_out: Counter[str]
    fee_is_derived: bool
    """Whether the file carries no fee for settled commission, so that the agency's rate gives it."""


@dataclass(frozen=True)
class Sample:
    """The first rows of one table as text cells, below its header."""

    raw: pl.DataFrame

    @property
    def headers(self) -> list[str]:
        """All headers, those of buyers' personal data too: they are part of what a file is known by."""
        return [name for name in self.raw.columns if name not in (ROW_NUMBER, SURPLUS)]

    @property
    def columns(self) -> list[str]:
        """The headers that may be chosen."""
        return [name for name in self.headers if not is_personal(name)]

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows of the table."""
        return self.raw.height < MOST_ROWS

    def values(self, column: str, most: int = 3) -> list[str]:
        """The first different values of a column, for people to know it by."""
        cells = tidy(self.raw[column].head(1000)).drop_nulls().unique(maintain_order=True)
        return cells.head(most).to_list()

    def words(self, column: str) -> list[tuple[str, int]]:
        """The different words of a column and in how many rows each stands, the most frequent first.

        Empty where there are too many for a status. Words are as the importers compare them, without blanks.
        """
        counts = tidy(self.raw[column]).drop_nulls().value_counts()
        if counts.height > MOST_WORDS:
            return []
        found = Counter[str]()
        for word, count in counts.iter_rows():
            found[compact(word)] += count
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))

    def read(self, layout: SalesFormat, *, zone: str, exported_at: datetime | None) -> Trial:
        """Read the rows as an import by this format would."""
        by_header = {normal_header(name): name for name in reversed(self.headers)}
        headers = {key: by_header[normal_header(column.names[0])] for key, column in layout.columns.items()}
        zeroed = zeroed_columns(self.raw, layout, headers)
        done = normalise(self.raw, layout, headers, zone, exported_at, zeroed=zeroed)
        shown = self.raw[ROW_NUMBER].head(SHOWN_ROWS).to_list()
        rows = {row["row_number"]: TrialRow(row["row_number"], row) for row in _of(done.lines, shown)}
        for row in [*_of(done.rejected, shown), *_of(done.skipped, shown)]:
            rows[row["row_number"]] = TrialRow(
                row["row_number"], None, row["code"], row["column"] or "", row["value"] or ""
            )
        lines = done.lines
        settled = lines.filter(pl.col("status").is_in(layout.settled_states))
        return Trial(
            rows=[rows[number] for number in sorted(rows)],
            lines=lines.height,
            settled=settled.height,
            repeated=lines.height - lines.select(KEYS).n_unique() if lines.height else 0,
            sums={name: _sum(lines[name]) for name in _SUMS},
            refused=Counter(done.rejected["code"].to_list()),
            left_out=Counter(done.skipped["code"].to_list()),
            fee_is_derived=bool((settled["set_fee"].is_null() & (settled["set_gross"] != 0)).any()),
        )


def _sum(amounts: pl.Series) -> int | None:
    """The sum in fen; None where the file carries no such amount."""
    return None if amounts.null_count() == amounts.len() else int(amounts.sum())


def _of(frame: pl.DataFrame, numbers: list[int]) -> list[dict[str, Any]]:
    return frame.filter(pl.col(ROW_NUMBER).is_in(numbers)).rows(named=True)
