"""Looks at files before they are taken in (`preview`)."""

from typing import Any

from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.sales.models import (
    ImportDifference,
    SalesImport,
)
from mcn.settlements import preview
from mcn.settlements.models import Period
from mcn.tenancy.scope import agency_scope
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk

# What a look leaves behind: the import that waits for the decision, its job and what it would change.
LOOKED = {"sales_salesimport", "sales_importdifference", "jobs_job"}
SETTLED = "6990000000000000104"  # 151.53 and 31.82 on the account 10000000001, paid on 1 May
PAID = "6990000000000000101"  # estimated 33.80 on the same account, paid on 20 May


def refunded() -> list[list[object]]:
    """The sample after its settled order was refunded in part."""
    return with_cell(with_cell(rows_of("douyin_alliance"), 4, "结算金额", "100.00"), 4, "实际佣金支出", "21.00")


def look(desk: Desk, rows: Any, **options: Any) -> SalesImport:
    """Look at a file; the import that waits for a decision."""
    job = desk.job(rows, preview=True, **options)
    assert (job.kind, job.state) == ("preview", "done"), job.error_text()
    return desk.imports()[-1]


def take_in(desk: Desk, sales_import: SalesImport) -> Job:
    with agency_scope(desk.people.id):
        job = preview.take_in(actor=desk.people.finance, sales_import=sales_import, hand_over=False)
        return job_services.run(job.pk)


def drop(desk: Desk, sales_import: SalesImport) -> None:
    with agency_scope(desk.people.id):
        preview.drop(actor=desk.people.finance, sales_import=sales_import)


def difference(desk: Desk) -> ImportDifference:
    with desk.reading():
        return ImportDifference.objects.order_by("-sales_import_id")[0]


def told(one: ImportDifference) -> dict[str, Any]:
    """All that a difference says, without its own ids and time."""
    return {
        field.name: getattr(one, field.name)
        for field in ImportDifference._meta.concrete_fields
        if field.name not in ("id", "agency", "sales_import", "made_at")
    }


def close(desk: Desk, code: str) -> None:
    with desk.reading():
        Period.objects.update_or_create(code=code, defaults={"state": Period.State.CLOSED})
