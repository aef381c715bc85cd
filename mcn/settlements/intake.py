"""Bringing platform files in: the file is stored, a job imports it, months and the unmatched queue follow."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePath
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import get_language, gettext_noop

from mcn.accounts.models import User
from mcn.core.errors import DomainError
from mcn.jobs import jobs
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.jobs.services import JobRun
from mcn.sales import services as sales
from mcn.sales.models import SalesImport, UnmappedFile
from mcn.sales.own_formats import whole_code
from mcn.sales.services import ImportResult, Row
from mcn.settlements.affected import affected_anchors
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services.changes import mark_months_of_changed_lines
from mcn.settlements.services.opening import open_months
from mcn.settlements.services.unmatched import refresh_unmatched
from mcn.tenancy import files

READING = gettext_noop("Reading rows")
MATCHING = gettext_noop("Finding whose each event is")


def submit(
    *,
    actor: User | None,
    name: str,
    source: BinaryIO,
    format: str = "",
    account_id: str = "",
    exported_at: datetime | None = None,
    preview: bool = False,
    hand_over: bool = True,
) -> tuple[SalesImport, Job]:
    """Store a file, write its import and its job, and (`hand_over`) send the job to the workers after commit.

    `name` is what the user calls the file, `exported_at` (default: now) dates changes that the file does not
    date. With `preview` the job only works out what the file would change, and the import then waits for somebody
    to decide (`mcn.settlements.preview`). Raises Conflict if the same file is being imported or looked at already;
    then nothing is kept.
    """
    stored = files.store(f"imports/{uuid.uuid4().hex}/original{PurePath(name).suffix[:10].lower()}", source)
    try:
        with transaction.atomic():
            sales_import = sales.record_import(
                actor=actor,
                name=name,
                stored=stored,
                format=whole_code(format),
                account_id=account_id,
                exported_at=exported_at,
            )
            job = create_job(actor=actor, sales_import=sales_import, kind="preview" if preview else "import")
    except BaseException:
        files.remove(sales.folder_of(stored.name))
        raise
    if hand_over:
        transaction.on_commit(lambda: jobs.send(job))
    return sales_import, job


def submit_mapped(
    *, actor: User | None, unmapped: UnmappedFile, format: str, account_id: str = ""
) -> tuple[SalesImport, Job]:
    """Bring a file in whose columns are named now, and forget that it waited for that.

    `format`: code of the mapping's version; the files of an archive are recognised one by one instead. Raises
    Conflict as `submit` does; then the file goes on waiting.
    """
    with transaction.atomic(), files.path_of(unmapped.stored_path).open("rb") as source:
        started = submit(
            actor=actor,
            name=unmapped.file_name,
            source=source,
            format="" if sales.is_archive(unmapped) else format,
            account_id=account_id,
            exported_at=unmapped.exported_at,
        )
        sales.remove_unmapped(unmapped)
    return started


def create_job(*, actor: User | None, sales_import: SalesImport, kind: str) -> Job:
    """Write the job that imports a waiting file, or looks at it (`preview`), and name it on the import.

    Raises Conflict if a job of this kind is under way on the same file.
    """
    job = job_services.create(
        actor=actor,
        kind=kind,
        subject=f"{sales_import.file_name[-60:]} {sales_import.sha256[:12]}",
        parameters={"sales_import": sales_import.pk, "language": get_language() or settings.LANGUAGE_CODE},
    )
    sales_import.job = job
    sales_import.save(update_fields=["job"])
    return job


def run(run: JobRun) -> dict[str, Any]:
    """The body of an import job: the import in one transaction, then the unmatched queue in another.

    A repeat after a kill starts from nothing, or only brings the queue up to date if the import was committed.
    Raises DomainError with the reason if the file cannot be imported; the import is then marked as failed.
    """
    with failing(run):
        counts = _import(run)
    sales.refresh_statistics(counts)
    return _with_unmatched(run, run.parameters["sales_import"], counts)


@contextmanager
def failing(run: JobRun) -> Iterator[None]:
    """Work on a waiting file, in the language of who brought it in, which is that of the refused rows' reasons.

    Whatever is raised leaves the import as failed, without what was stored of it.
    """
    try:
        with translation.override(run.parameters.get("language", settings.LANGUAGE_CODE)):
            yield
    except Exception as error:
        reason = str(error) if isinstance(error, DomainError) else type(error).__name__
        to_map = isinstance(error, sales.SalesFileRefused) and error.can_be_mapped
        sales.fail_import(actor=run.actor, sales_import_id=run.parameters["sales_import"], reason=reason, to_map=to_map)
        raise


def _import(run: JobRun) -> dict[str, Any]:
    with transaction.atomic():
        sales.lock_sales()
        sales_import = SalesImport.objects.get(pk=run.parameters["sales_import"])
        if sales_import.state == SalesImport.State.DONE:  # done before, but the worker died before it said so
            return dict(sales_import.counts)
        result, anchors = bring_in(run, sales_import)
        sales.keep_difference(
            sales_import=sales_import, format=result.format, difference=result.difference, anchors=anchors
        )
        return result.counts


def bring_in(run: JobRun, sales_import: SalesImport, *, keep_rows: bool = True) -> tuple[ImportResult, list[Row]]:
    """All that an import writes beside its own difference, and what that is: for sales, and by anchor.

    In the caller's transaction, after `lock_sales`. Raises what `sales.import_file` raises.
    """
    result = sales.import_file(
        actor=run.actor,
        sales_import=sales_import,
        last_closed=last_closed_period() or "",
        keep_rows=keep_rows,
        report=lambda rows: run.progress(rows, 0, READING),
    )
    open_months(result.months)
    if result.counts["changed"]:
        mark_months_of_changed_lines(sales_import.pk)
    return result, affected_anchors(result.difference.anchor_entries)


def _with_unmatched(run: JobRun, sales_import_id: int, counts: dict[str, Any]) -> dict[str, Any]:
    """The counts with what belongs to nobody in the months that the import touched, by reason."""
    unmatched: dict[str, int] = {}
    if counts["events"] or counts.get("entries") or counts["changed"]:
        run.progress(counts["rows"], counts["rows"], MATCHING)
        with transaction.atomic():
            sales.lock_sales()
            # A changed line may belong to somebody else now, whenever its events were.
            unmatched = refresh_unmatched(None if counts["changed"] else counts["months"])
    with transaction.atomic():
        counts = {**counts, "unmatched": unmatched}
        SalesImport.objects.filter(pk=sales_import_id).update(counts=counts)
    return counts
