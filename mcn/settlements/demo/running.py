"""Load the demo step by step, through the services that people use. Every step finds out by itself whether it
is done, so an interrupted load is simply run again."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from mcn.accounts.models import User
from mcn.commissions.unmatched import unmatched_money
from mcn.core.errors import DomainError
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.sales import services as sales
from mcn.sales.models import SalesImport
from mcn.settlements import intake
from mcn.settlements.agency_file import load
from mcn.settlements.demo import people
from mcn.settlements.demo.agencies import AGENCIES, DemoAgency
from mcn.settlements.demo.bills import make_bills
from mcn.settlements.demo.claims import make_claims
from mcn.settlements.demo.exits import make_exit
from mcn.settlements.demo.extras import make_extras
from mcn.settlements.demo.files import PlatformFile
from mcn.settlements.demo.payouts import make_payouts
from mcn.settlements.exposure import job as exposure
from mcn.settlements.models import Period
from mcn.settlements.services import approve, submit
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

Tell = Callable[[str], None]


def begun() -> bool:
    """Whether this database holds the demo, complete or not."""
    return User.objects.filter(email=people.OPERATOR).exists()


def load_demo(*, tell: Tell = lambda text: None) -> None:
    """Bring both agencies to where the demo starts: the first month closed, the second calculated and open.

    Raises DomainError if a step cannot be done, for instance because the demo's agencies were changed since.
    """
    people.make_operator()
    for agency in AGENCIES:
        if not _complete(agency):
            load(actor=None, path=agency.file)
            with agency_scope(_id(agency)):
                people.make_people(agency.slug)
                make_extras()
                _bring_in(agency, tell)


def _id(agency: DemoAgency) -> int:
    with operator_scope(), transaction.atomic():
        return Agency.objects.values_list("pk", flat=True).get(slug=agency.slug)


def _complete(agency: DemoAgency) -> bool:
    """Whether everything was done: what people do with the demo from then on is left alone."""
    with operator_scope(), transaction.atomic():
        if not Agency.objects.filter(slug=agency.slug).exists():
            return False
    with agency_scope(_id(agency)), transaction.atomic():
        return Period.objects.filter(code=agency.open_month).exclude(state=Period.State.OPEN).exists()


def _bring_in(agency: DemoAgency, tell: Tell) -> None:
    """Import what was downloaded until the first month's end, close it, import the rest, calculate the second."""
    folder = Path(settings.DATA_DIR) / "demo" / agency.slug
    folder.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        operations, finance, approver, talent, anchor = (
            people.find(agency.slug, role) for role in ("operations", "finance", "approver", "talent", "anchor")
        )
    downloaded = agency.platform_files()
    for month in (agency.closed_month, agency.open_month):
        in_month = [file for file in downloaded if f"{file.exported_at:%Y-%m}" == month]
        for file in in_month:
            tell(f"{agency.slug}: {file.name}")
            _import(folder / file.name, file, operations)
            if file is in_month[0]:
                sales.tell_planner()  # it has most of the month: the next imports are then three times faster
        if month == agency.open_month:
            make_bills(actor=finance, month=month)
            make_exit(talent=talent, finance=finance)  # before the month is calculated, which reads what was agreed
        tell(f"{agency.slug}: {month}")
        if _state(month) == Period.State.OPEN:
            _run(finance, "calculate", month, {"period": month})
        if month == agency.closed_month and _state(month) != Period.State.CLOSED:
            _close(month, finance, approver)
            make_payouts(finance=finance, approver=approver)
            make_claims(anchor=anchor, finance=finance, month=month)
    with transaction.atomic():
        sums = exposure.start(actor=finance)
    _done(jobs.run(sums.pk))


def _state(month: str) -> str:
    with transaction.atomic():
        return Period.objects.get(code=month).state


def _close(month: str, submitter: User, approver: User) -> None:
    """What belongs to nobody is accepted as it is: the demo shows the desk where it is mended later."""
    if _state(month) == Period.State.CALCULATED:
        submit(actor=submitter, period=month)
    if _state(month) == Period.State.IN_REVIEW:
        approve(actor=approver, period=month)
    with transaction.atomic():
        unmatched_fen, _reasons = unmatched_money(month)
    _run(approver, "close", month, {"period": month, "accepted_unmatched_fen": unmatched_fen})


def _import(path: Path, file: PlatformFile, actor: User) -> None:
    if not path.exists():
        path.write_bytes(file.content)
    with transaction.atomic():
        digest = hashlib.sha256(file.content).hexdigest()
        if SalesImport.objects.filter(sha256=digest, state=SalesImport.State.DONE).exists():
            return
    with path.open("rb") as source, transaction.atomic():
        _sales_import, job = intake.submit(
            actor=actor,
            name=file.name,
            source=source,
            account_id=file.account_id,
            exported_at=file.exported_at,
            hand_over=False,
        )
    _done(jobs.run(job.pk))


def _run(actor: User, kind: str, month: str, parameters: dict[str, Any]) -> None:
    with transaction.atomic():
        job = jobs.create(actor=actor, kind=kind, subject=month, parameters=parameters)
    _done(jobs.run(job.pk))


def _done(job: Job) -> None:
    if job.state != Job.State.DONE:
        raise DomainError(job.error_text().replace("%", "%%"))
