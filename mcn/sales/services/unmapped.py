"""Files that wait to be mapped: kept, read for the pages, and removed after some days."""

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import BinaryIO, Final

import polars as pl
from django.db import transaction
from django.utils import timezone

from mcn.accounts.models import User
from mcn.sales.importers.formats import is_personal
from mcn.sales.importers.proposals import header_row
from mcn.sales.importers.recognition import unique_names
from mcn.sales.importers.trial import MOST_ROWS, Sample
from mcn.sales.models import SalesImport, UnmappedFile
from mcn.sales.reading import ReadingLimits, SalesFileError
from mcn.sales.reading.containers import identify
from mcn.sales.reading.limits import MB
from mcn.sales.reading.opening import OpenTables, open_tables
from mcn.sales.reading.tables import SURPLUS, Table
from mcn.tenancy import files

KEPT_DAYS: Final = 7
MOST_BYTES: Final = 64 * MB
"""Larger files are mapped by a part of them: pages read the beginning of the file while somebody waits."""
_MOST_UNPACKED_BYTES = 320 * MB  # a workbook of 100,000 rows and 47 columns has 250
MAPPABLE: Final = frozenset({"unknown_format", "missing_columns", "other_headers"})
"""Codes of SalesFileError that a column mapping may help with."""
_MOST_TABLES = 50
_HIDDEN = "•••"
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class TablePreview:
    """A table of a file: where it stands, and its first rows. Cells below a header of buyers' data are hidden."""

    file: str
    sheet: str | None
    rows: list[list[str]]


def store_to_map(
    *, actor: User | None, name: str, source: BinaryIO, exported_at: datetime | None = None
) -> UnmappedFile:
    """Keep a file that somebody brought in to name its columns. Raises SalesFileError if it cannot be read at all."""
    folder = f"unmapped/{uuid.uuid4().hex}"
    stored = files.store(f"{folder}/original{PurePath(name).suffix[:10].lower()}", source)
    try:
        _read_tables(stored.name, name, folder)
        return UnmappedFile.objects.create(
            file_name=name[:255],
            folder=folder,
            stored_path=stored.name,
            exported_at=exported_at or timezone.now(),
            actor=actor,
        )
    except BaseException:
        files.remove(folder)
        raise


def keep_to_map(*, actor: User | None, sales_import: SalesImport) -> UnmappedFile:
    """Keep the file of an import that did not recognise it, for somebody to name its columns."""
    return UnmappedFile.objects.create(
        file_name=sales_import.file_name,
        folder=str(PurePath(sales_import.stored_path).parent),
        stored_path=sales_import.stored_path,
        sales_import=sales_import,
        account_id=sales_import.account_id,
        exported_at=sales_import.exported_at,
        actor=actor,
    )


def tables_of(unmapped: UnmappedFile) -> list[TablePreview]:
    """The tables of the file. Read once and kept beside it: a large workbook takes seconds to open.

    Raises SalesFileError for a file that cannot be read.
    """
    path = files.path_of(f"{unmapped.folder}/tables.json")
    if not path.is_file():
        _read_tables(unmapped.stored_path, unmapped.file_name, unmapped.folder)
    return [TablePreview(**table) for table in json.loads(path.read_text("utf-8"))]


def sample_of(unmapped: UnmappedFile, table: int, header: int) -> Sample:
    """The first rows of one table below the row `header` (places, from 0), kept beside the file like its tables.

    Cells of buyers' personal data are not kept. Raises SalesFileError for a file that cannot be read.
    """
    path = files.path_of(_rows_name(unmapped.folder, table, header))
    if not path.is_file():
        with open_tables(files.path_of(unmapped.stored_path), name=unmapped.file_name, limits=_limits()) as opened:
            _keep_rows(unmapped.folder, table, header, _filled(opened)[table])
    return Sample(pl.read_parquet(path))


def is_archive(unmapped: UnmappedFile) -> bool:
    """Whether the file holds several files, which may be of different formats."""
    path = files.path_of(unmapped.stored_path)
    return identify(path, name=unmapped.file_name, limits=_limits()).kind == "zip"


@transaction.atomic
def remove_unmapped(unmapped: UnmappedFile) -> None:
    """Delete the file and what was read of it; the import that did not recognise it stays in the list."""
    folder = unmapped.folder
    unmapped.delete()
    transaction.on_commit(lambda: files.remove(folder))


def remove_old_unmapped() -> int:
    """Delete the files that nobody mapped in time, of the agency in scope; returns how many went."""
    with transaction.atomic():
        old = list(UnmappedFile.objects.filter(created_at__lt=timezone.now() - timedelta(days=KEPT_DAYS)))
        for unmapped in old:
            remove_unmapped(unmapped)
    return len(old)


def kept_until(unmapped: UnmappedFile) -> datetime:
    """When the file will be removed."""
    return unmapped.created_at + timedelta(days=KEPT_DAYS)


def _limits() -> ReadingLimits:
    return ReadingLimits(file_bytes=MOST_BYTES, workbook_bytes=_MOST_UNPACKED_BYTES, document_bytes=MOST_BYTES)


def _read_tables(stored: str, name: str, folder: str) -> None:
    with open_tables(files.path_of(stored), name=name, limits=_limits()) as opened:
        tables = _filled(opened)
        if not tables:
            raise SalesFileError("not_a_table", file=name)
        found = [TablePreview(table.file, table.sheet, _shown(table.preview)) for table in tables]
        # What will be asked for first, while the file is open.
        _keep_rows(folder, 0, header_row(found[0].rows), tables[0])
    with files.draft(f"{folder}/tables.json") as draft:
        draft.write_text(json.dumps([asdict(table) for table in found], ensure_ascii=False), "utf-8")


def _filled(opened: OpenTables) -> list[Table]:
    return [table for _name, tables in opened.sources for table in tables if table.preview][:_MOST_TABLES]


def _shown(rows: list[list[str]]) -> list[list[str]]:
    """The first rows without buyers' data: below a cell that names such data everything is hidden."""
    hidden: set[int] = set()
    shown = []
    for row in rows:
        cells = [cell[:_SHOWN_CHARACTERS] for cell in row]
        shown.append([_HIDDEN if place in hidden and cell else cell for place, cell in enumerate(cells)])
        hidden |= {place for place, cell in enumerate(row) if len(cell) < 40 and is_personal(cell)}
    return shown


def _rows_name(folder: str, table: int, header: int) -> str:
    return f"{folder}/rows-{table}-{header}.parquet"


def _keep_rows(folder: str, place: int, header: int, table: Table) -> None:
    rows = _first_rows(table, header)
    with files.draft(_rows_name(folder, place, header)) as draft:
        rows.write_parquet(draft, compression="zstd", compression_level=1, statistics=False)


def _first_rows(table: Table, header: int) -> pl.DataFrame:
    names = unique_names(table.preview[header])
    frames, height = list[pl.DataFrame](), 0
    for frame in table.frames(header=header, names=names):
        frames.append(frame)
        height += frame.height
        if height >= MOST_ROWS:
            break
    empty = pl.DataFrame(schema={"row_number": pl.Int64, **dict.fromkeys(names, pl.String)})
    rows = pl.concat(frames, how="diagonal").head(MOST_ROWS) if frames else empty
    personal = [name for name in names if is_personal(name)]
    if SURPLUS in rows.columns:
        # What stands beyond the header may be anything.
        rows = rows.with_columns(pl.when(pl.col(SURPLUS).is_not_null()).then(pl.lit(_HIDDEN)).alias(SURPLUS))
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in personal)
