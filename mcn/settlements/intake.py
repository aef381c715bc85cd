"""Bringing platform files in: the file is stored, a job imports it, months and the unmatched queue follow."""

import uuid
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
    hand_over: bool = True,
) -> tuple[SalesImport, Job]:
    """Store a file, write its import and its job, and (`hand_over`) send the job to the workers after commit.

    `name` is what the user calls the file, `exported_at` (default: now) dates changes that the file does not
    date. Raises Conflict if the same file is being imported already; then nothing is kept.
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
            sales_import.job = job_services.create(
                actor=actor,
                kind="import",
                subject=f"{name[-60:]} {stored.sha256[:12]}",
                parameters={"sales_import": sales_import.pk, "language": get_language() or settings.LANGUAGE_CODE},
            )
            sales_import.save(update_fields=["job"])
    except BaseException:
        files.remove(sales.folder_of(stored.name))
        raise
    job: Job = sales_import.job
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


def run(run: JobRun) -> dict[str, Any]:
    """The body of an import job: the import in one transaction, then the unmatched queue in another.

    A repeat after a kill starts from nothing, or only brings the queue up to date if the import was committed.
    Raises DomainError with the reason if the file cannot be imported; the import is then marked as failed.
    """
    sales_import_id: int = run.parameters["sales_import"]
    actor = run.actor
    try:
        # The reasons of refused rows are in the language of who brought the file in.
        with translation.override(run.parameters.get("language", settings.LANGUAGE_CODE)):
            counts = _import(run, actor, sales_import_id)
    except Exception as error:
        reason = str(error) if isinstance(error, DomainError) else type(error).__name__
        to_map = isinstance(error, sales.SalesFileRefused) and error.can_be_mapped
        sales.fail_import(actor=actor, sales_import_id=sales_import_id, reason=reason, to_map=to_map)
        raise
    sales.refresh_statistics(counts)
    return _with_unmatched(run, sales_import_id, counts)


def _import(run: JobRun, actor: User | None, sales_import_id: int) -> dict[str, Any]:
    with transaction.atomic():
        sales.lock_sales()
        sales_import = SalesImport.objects.get(pk=sales_import_id)
        if sales_import.state == SalesImport.State.DONE:  # done before, but the worker died before it said so
            return dict(sales_import.counts)
        result = sales.import_file(
            actor=actor,
            sales_import=sales_import,
            last_closed=last_closed_period() or "",
            report=lambda rows: run.progress(rows, 0, READING),
        )
        open_months(result.months)
        if result.counts["changed"]:
            mark_months_of_changed_lines(sales_import.pk)
        return result.counts


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
