"""What is kept of a file beside its lines: the raw rows, and the rows that were refused with their reasons."""

import csv
from itertools import islice
from pathlib import Path

import polars as pl
from django.utils.translation import gettext, gettext_noop

from mcn.sales.importers import Batch
from mcn.sales.reading.errors import placed, row_reason_text

_HEADER = (
    gettext_noop("file"),
    gettext_noop("sheet"),
    gettext_noop("row"),
    gettext_noop("column"),
    gettext_noop("value"),
    gettext_noop("reason"),
)
SHOWN_REASONS = 5  # of refused rows, where they are told at once; the file has all
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class RawRows:
    """Writes the original cells, without buyers' personal data, one compressed file a batch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def add(self, batch: Batch) -> None:
        self._count += 1
        raw = batch.raw.with_columns(pl.lit(batch.part.file).alias("file"), pl.lit(batch.part.sheet).alias("sheet"))
        raw.write_parquet(
            self._folder / f"{self._count:05d}.parquet", compression="zstd", compression_level=1, statistics=False
        )


class RefusedRows:
    """Collects refused rows: file, sheet, row, column, value and the reason, as a table that Excel opens."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.write_bytes(b"")
        self.count = 0

    def add(self, batch: Batch) -> None:
        """Append the batch's refused rows; the reasons are in the language active now."""
        if batch.rejected.is_empty():
            return
        first = self.count == 0
        with self._path.open("a", encoding="utf-8-sig" if first else "utf-8", newline="") as target:
            writer = csv.writer(target)
            if first:
                writer.writerow(map(gettext, _HEADER))
            file, sheet = _safe(batch.part.file), _safe(batch.part.sheet)
            for row, code, column, value in batch.rejected.iter_rows():
                reason = row_reason_text(code, value)
                writer.writerow([file, sheet, row, _safe(column), _safe(value), _safe(reason)])
        self.count += batch.rejected.height


def first_refused(path: Path, most: int) -> list[str]:
    """The first `most` rows of a file that RefusedRows wrote, each as one line: place and reason.

    The reason is in the language of the import, which for one of the command line is the installation's.
    """
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(islice(csv.reader(source), 1, 1 + most))
    return [
        placed(reason, file=file, sheet="".join(sheet) or None, row=row, column=column or None)
        for file, *sheet, row, column, _value, reason in rows  # earlier versions wrote no sheet
    ]


def _safe(cell: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = cell or ""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
