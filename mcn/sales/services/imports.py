"""Bring one platform file in: all of it or nothing of it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import DomainError, RuleError
from mcn.sales.importers import Batch, LinesRepeat, SalesFile, open_sales_file
from mcn.sales.importers.formats import SalesFormat, is_personal
from mcn.sales.models import ImportDifference, SalesImport
from mcn.sales.own_formats import own_formats
from mcn.sales.reading import ReadingLimits, SalesFileError
from mcn.sales.services import states
from mcn.sales.services.differences import Difference, with_entries
from mcn.sales.services.entry_rows import EntryRows
from mcn.sales.services.kept_rows import RawRows, RefusedRows
from mcn.sales.services.merging import Merge, Merged, Staged
from mcn.sales.services.reading_ahead import ahead
from mcn.sales.services.unmapped import MAPPABLE, MOST_BYTES, keep_to_map
from mcn.tenancy import files
from mcn.tenancy.locks import agency_lock
from mcn.tenancy.models import Agency, PlatformFeeRate
from mcn.tenancy.scope import current_agency_id

KEPT_YEARS = 10
WRITER_LOCK = 0x73616C65  # "sale": keeps this advisory lock apart from others
ANALYZE_FROM_ROWS = 20_000
Report = Callable[[int], None]


class SalesFileRefused(RuleError):
    """The file cannot be imported; the sentence names file, sheet and reason.

    `can_be_mapped`: only its headers are unknown, so that it can be once somebody has named its columns.
    """

    def __init__(self, error: SalesFileError) -> None:
        self.can_be_mapped = error.code in MAPPABLE
        file, sheet = error.params["file"], error.params["sheet"]
        about = {key: value for key, value in error.params.items() if value is not None}
        reason = DomainError(_(error.message), **about)
        if sheet:
            super().__init__(_("File “%(file)s”, sheet “%(sheet)s”: %(reason)s"), file=file, sheet=sheet, reason=reason)
        else:
            super().__init__(_("File “%(file)s”: %(reason)s"), file=file, reason=reason)


@dataclass(frozen=True)
class ImportResult:
    """What an import did. `counts` is kept on the SalesImport; `months` are those that settle its events; `format`
    is how the file was read; `rejected_file` holds the refused rows, "" where there are none.
    """

    counts: dict[str, Any]
    months: list[str]
    format: str
    rejected_file: str
    difference: Difference


def lock_sales() -> None:
    """Whoever appends events or closes months of the agency takes this first, and has it until the transaction
    ends: so two imports run one after the other, and no event lands in a month that is just being closed.
    """
    agency_lock(WRITER_LOCK)


def record_import(
    *,
    actor: User | None,
    name: str,
    stored: files.Stored,
    format: str = "",
    account_id: str = "",
    exported_at: datetime | None = None,
) -> SalesImport:
    """Write the row of a file that is about to be imported. `exported_at` defaults to now."""
    now = timezone.now()
    return SalesImport.objects.create(
        file_name=name[:255],
        stored_path=stored.name,
        sha256=stored.sha256,
        size=stored.size,
        format=format,
        account_id=account_id,
        exported_at=exported_at or now,
        actor=actor,
        retain_until=_years_later(timezone.localdate(now), KEPT_YEARS),
    )


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def import_file(
    *,
    actor: User | None,
    sales_import: SalesImport,
    last_closed: str,
    keep_rows: bool = True,
    report: Report = lambda _rows: None,
) -> ImportResult:
    """Merge the file's rows into order lines and append earning events (docs/money.md §1–2).

    Runs inside the caller's transaction, after `lock_sales`; nothing of it stays if it is rolled back, except
    files in the import's own folder, which `fail_import` and `drop_import` remove. Who will roll it back in any case
    needs no raw rows (`keep_rows`); the refused ones are written. `last_closed`: code of the last closed month
    or "". `report` is told the rows done so far. Raises SalesFileRefused, RuleError; Conflict for an import that is
    not waiting.
    """
    states.check(sales_import, "finish")
    agency = Agency.objects.get(pk=current_agency_id())
    twin = _same_bytes(sales_import)
    downloaded_at = sales_import.exported_at
    if twin is not None:
        # The same bytes cannot be newer than when they were first seen.
        sales_import.exported_at = min(sales_import.exported_at, twin.exported_at)
    folder = folder_of(sales_import.stored_path)
    kept_rows = ""
    try:
        with (
            open_sales_file(
                files.path_of(sales_import.stored_path),
                format=sales_import.format or None,
                own=own_formats(sales_import.format),
                zone=agency.timezone,
                exported_at=downloaded_at,  # a later download of the same bytes tells that a date in them has passed
                name=sales_import.file_name,
                limits=ReadingLimits(file_bytes=settings.SALES_FILE_MAX_BYTES),
            ) as source,
            files.draft_folder(f"{folder}/rows") as rows_folder,
            files.draft(f"{folder}/rejected.csv") as rejected_path,
        ):
            _need_account(source, sales_import)
            if twin is not None and source.format == twin.format:
                kept_rows = twin.rows_file
            kept = rows_folder if keep_rows and not kept_rows else None
            take_in = partial(_take_in, source, sales_import, agency, last_closed, kept, rejected_path, report)
            try:
                counted, merged = take_in(at_once=True)
            except (LinesRepeat, IntegrityError, ProgrammingError):
                # Twice in one batch, a line breaks its key (a refund: the rule of one change a row) before it is found.
                counted, merged = take_in()
    except SalesFileError as error:
        raise SalesFileRefused(error) from error
    if not keep_rows or kept_rows:
        files.remove(f"{folder}/rows")
    rejected_file = f"{folder}/rejected.csv" if counted["rejected"] else ""
    if not rejected_file:
        files.remove(f"{folder}/rejected.csv")
    counts = _counts(counted, merged)
    states.move(
        sales_import,
        "finish",
        format=source.format,
        exported_at=sales_import.exported_at,
        rows_file=kept_rows or f"{folder}/rows",
        rejected_file=rejected_file,
        counts=counts,
        recorded_at=TransactionNow(),  # as its events
    )
    audit.record(actor=actor, action="import", target=sales_import, after=counts)
    _drop_personal_data(source, sales_import)
    return ImportResult(counts, sorted(merged.months), source.format, rejected_file, merged.difference)


def fail_import(*, actor: User | None, sales_import_id: int, reason: str, to_map: bool = False) -> None:
    """Mark the import as failed and remove what was stored of its file: nothing of it was taken in.

    `to_map`: the file itself stays for some days, so that somebody may name its columns, unless it is very large.
    """
    with transaction.atomic():
        sales_import = SalesImport.objects.select_for_update().get(pk=sales_import_id)
        if sales_import.state != SalesImport.State.WAITING:
            return
        folder = folder_of(sales_import.stored_path)
        to_map = to_map and sales_import.size <= MOST_BYTES
        if to_map:
            keep_to_map(actor=actor, sales_import=sales_import)
        states.move(sales_import, "fail", stored_path="", rows_file="", rejected_file="", counts={})
        ImportDifference.objects.filter(sales_import=sales_import).delete()  # of an earlier look
        audit.record(actor=actor, action="import failed", target=sales_import, after={"reason": reason})
    if not to_map:
        files.remove(folder)


def drop_import(*, actor: User | None, sales_import: SalesImport) -> None:
    """Decide that a previewed file is not taken in; its files go once that is committed. Raises Conflict."""
    states.move(sales_import, "drop", rejected_file="")
    audit.record(actor=actor, action="drop", target=sales_import)
    transaction.on_commit(partial(remove_dropped_file, sales_import))


def remove_dropped_file(sales_import: SalesImport) -> None:
    """Remove what is stored of a dropped file, and then note that it is gone: so a repeat finds what a killed process
    left. Outside of the transaction that drops it.
    """
    files.remove(folder_of(sales_import.stored_path))
    with transaction.atomic():
        SalesImport.objects.filter(pk=sales_import.pk, state=SalesImport.State.DROPPED).update(stored_path="")


def folder_of(stored_path: str) -> str:
    """Where all files of an import are, within the agency's files."""
    return str(PurePosixPath(stored_path).parent)


def refresh_statistics(counts: dict[str, Any]) -> None:
    """After a large import, tell the planner what the tables now hold. Outside of the import's transaction."""
    if counts["created"] + counts["changed"] >= ANALYZE_FROM_ROWS:
        tell_planner()


def tell_planner() -> None:
    """Tell the planner what the tables of sales hold; autovacuum does so too, but up to a minute later.

    Of an agency or a month that it never heard of it expects one row, and plans accordingly.
    """
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("select analyze_sales()")


def _same_bytes(sales_import: SalesImport) -> SalesImport | None:
    done = SalesImport.objects.filter(sha256=sales_import.sha256, state=SalesImport.State.DONE)
    return done.exclude(pk=sales_import.pk).order_by("exported_at").first()


def _read_wrongly(sales_import: SalesImport, source: SalesFile) -> list[int]:
    """The imports of the same bytes by earlier versions of the mapping that reads them now.

    Whoever changes a mapping and brings the same file in again says that it was read wrongly: what those imports
    said of a line is no newer state of it.
    """
    mappings = {part.format.code.rpartition(":")[0] for part in source.parts if part.format.is_mapped}
    if not mappings:
        return []
    done = SalesImport.objects.filter(sha256=sales_import.sha256, state=SalesImport.State.DONE)
    codes = {part.format.code for part in source.parts}
    found = done.exclude(pk=sales_import.pk).values_list("pk", "format")
    return [pk for pk, code in found if code.rpartition(":")[0] in mappings and code not in codes]


def _need_account(source: SalesFile, sales_import: SalesImport) -> None:
    for part in source.parts:
        if part.format.account_from == "given" and not sales_import.account_id:
            raise RuleError(
                _("File “%(file)s”: this format (%(format)s) does not name the account; give it with the import."),
                field="account_id",
                file=part.file,
                format=part.format.name,
            )


@transaction.atomic
def _take_in(
    source: SalesFile,
    sales_import: SalesImport,
    agency: Agency,
    last_closed: str,
    rows_folder: Path | None,
    rejected_path: Path,
    report: Report,
    at_once: bool = False,
) -> tuple[Counter[str], Merged]:
    """Merge all batches, or none: whatever is raised takes all of it back."""
    merge = Merge(
        agency=agency,
        sales_import_id=sales_import.pk,
        exported_at=sales_import.exported_at,
        last_closed=last_closed,
        read_wrongly=_read_wrongly(sales_import, source),
        fee_rates=dict(PlatformFeeRate.objects.values_list("platform", "fee_rate")),
    )
    entries = EntryRows(agency, sales_import.pk, sales_import.exported_at, last_closed)
    raw = None if rows_folder is None else RawRows(rows_folder)
    refused = RefusedRows(rejected_path)
    counted = Counter[str]()

    def account_of(layout: SalesFormat) -> str:
        return sales_import.account_id if layout.account_from in ("given", "name") else ""

    def prepared() -> Iterator[tuple[Batch, Staged | None]]:
        for batch in source.batches(at_once=at_once):
            if raw is not None:
                raw.add(batch)
            layout = batch.part.format
            has_lines = not layout.entries and not batch.frame.is_empty()
            yield batch, merge.staged(batch.frame, layout, account_of(layout)) if has_lines else None

    for batch, staged in ahead(prepared()):
        layout = batch.part.format
        if layout.entries:
            batch = entries.batch(batch, account_of(layout))
        elif staged is not None:
            merge.batch(staged, layout)
        refused.add(batch)
        counted["rows"] += batch.rows_read
        counted["rejected"] += batch.rejected.height
        counted.update(dict(batch.skipped["code"].value_counts().iter_rows()))
        report(counted["rows"])
    merged = merge.finish()
    merged.outcomes.update(entries.outcomes)
    merged.months.update(entries.months)
    merged.entries = entries.months.total()
    merged.difference = with_entries(merged.difference, entries.money)
    return counted, merged


def _counts(counted: Counter[str], merged: Merged) -> dict[str, Any]:
    outcomes = merged.outcomes
    return {
        "rows": counted["rows"],
        "created": outcomes["created"],
        "changed": outcomes["changed"],
        "unchanged": outcomes["unchanged"] + outcomes["confirmed"],
        "stale": outcomes["stale"],
        "repeated": counted["repeated"],
        "totals": counted["totals_row"],
        "not_paid": counted["not_paid"],
        "rejected": counted["rejected"],
        "events": sum(merged.kinds.values()),
        "entries": merged.entries,
        "kinds": dict(merged.kinds),
        "months": dict(merged.months),
    }


def _drop_personal_data(source: SalesFile, sales_import: SalesImport) -> None:
    """A file with buyers' personal data is not kept; its rows without them are."""
    if any(is_personal(name) for part in source.parts for name in part.recognised.names):
        stored = sales_import.stored_path
        transaction.on_commit(lambda: files.remove(stored))
        SalesImport.objects.filter(pk=sales_import.pk).update(stored_path="")
