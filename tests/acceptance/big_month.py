"""A month of some thousands of order lines in an agency, and everything that came of it, to be compared."""

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction

from mcn.accounts.models import AuditEntry, Membership
from mcn.anchors.models import Anchor, Payee
from mcn.anchors.services import account_save, anchor_save, contract_save, payee_save
from mcn.commissions.models import Mending, ShareBlock, ShareLine
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Step, Terms, Tiers
from mcn.commissions.unmatched import unmatched_money
from mcn.jobs import jobs
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.sales.services.entries import entry_save
from mcn.settlements import intake, mending, services
from mcn.settlements.models import ExposureMonth, ExposureSum, FormerBlock, ReportMonth, ReportSum
from mcn.tenancy.rls import tenant_models
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.bench import month

LINES = 2_000
ANCHORS = 8  # of the 200 whose lines the file has: the others' money belongs to nobody
PERIOD = month.PERIOD
EXPORTED_AT = datetime.fromisoformat(f"{month.EXPORTED_AT}+08:00")
# Who did it and when differs between two runs, and so do keys (also those in `anchors`), and folders that are named at
# random.
NOT_COMPARED = frozenset(
    {
        "agency", "created_at", "calculated_at", "input_mark", "stored_path", "rows_file", "job", "block",
        "first_event", "last_event", "recorded_at", "made_at", "actor", "anchors", "submitted_at", "approved_at",
        "closed_at", "content_hash", "previous_hash", "sha256", "size", "made_in",
    }
)  # fmt: skip
# The sums of refund exposure and of reports follow a calculation in a job of their own, which may end before or after
# a test looks.
NO_RESULTS = (
    AuditEntry,
    ExposureMonth,
    ExposureSum,
    FormerBlock,
    Job,
    Membership,
    Mending,
    ReportMonth,
    ReportSum,
    ShareBlock,
)
RESULTS = [*(model for model in tenant_models() if model not in NO_RESULTS), ShareLine]


def make_roster(people: World) -> None:
    """Anchors with accounts, tiers and a guarantee; the agent G01 gets a part of what the agency keeps."""
    actor = people.owner
    with agency_scope(people.id), transaction.atomic():
        agent, _made = payee_save(actor=actor, code="G01", name="李强", kind="labour", legal_name="李强")
        for number in range(ANCHORS):
            _make_anchor(people, number, agent)


def _make_anchor(people: World, number: int, agent: Payee) -> None:
    actor, code, name = people.owner, f"B{number:02d}", f"主播{number}"
    kind = "company" if number % 5 == 0 else "labour"
    payee, _made = payee_save(actor=actor, code=code, name=name, kind=kind, legal_name=name)
    anchor, _made = anchor_save(actor=actor, code=code, stage_name=name, payee=payee)
    starts_on, account = date(2026, 1, 1), month.account_of(number)
    account_save(actor=actor, anchor=anchor, platform="douyin", account_id=account, starts_on=starts_on, nickname=name)
    contract, _made = contract_save(
        actor=actor, anchor=anchor, number=f"XH-{code}", starts_on=starts_on, ends_on=date(2028, 12, 31)
    )
    mode = "slab" if number % 2 else "marginal"
    steps = (Step(200_000, Decimal("0.3")), Step(None, Decimal("0.4")))
    terms = Terms(
        starts_on=starts_on,
        splits=(Split("commission", tiers=Tiers("net_gmv", mode, steps)),),
        overrides=(OverrideTerms(agent, "agency_share", Decimal("0.05"), starts_on),),
        guarantee=Guarantee(100_000, min_days=0, min_hours=Decimal(0)) if number % 3 == 0 else None,
    )
    contract_version_save(actor=actor, contract=contract, terms=terms, last_closed=None)


def month_file(folder: Path) -> bytes:
    """The month's order list, a csv of 47 columns."""
    path = folder / "month.csv"
    month.write_month(path, LINES)
    return path.read_bytes()


def submit(people: World, content: bytes, *, hand_over: bool = True) -> Job:
    """Upload the file as the finance member."""
    with agency_scope(people.id), transaction.atomic():
        _import, job = intake.submit(
            actor=people.finance,
            name="month.csv",
            source=io.BytesIO(content),
            exported_at=EXPORTED_AT,
            hand_over=hand_over,
        )
    return job


def start_calculation(people: World) -> Job:
    """Ask for the calculation of the month as the finance member, as the page does."""
    with agency_scope(people.id), transaction.atomic():
        return jobs.start(actor=people.finance, kind="calculate", subject=PERIOD, parameters={"period": PERIOD})


def run_here(people: World, job: Job) -> Job:
    """Run the job in this process, undisturbed."""
    with agency_scope(people.id):
        done = job_services.run(job.pk)
    assert done.state == "done", done.error_text()
    return done


def calculate_here(people: World) -> Job:
    with agency_scope(people.id), transaction.atomic():
        job = job_services.create(actor=people.finance, kind="calculate", subject=PERIOD, parameters={"period": PERIOD})
    return run_here(people, job)


def approve(people: World) -> None:
    """Calculate, submit and approve the month, as two persons."""
    calculate_here(people)
    with people.open():
        services.submit(actor=people.finance, period=PERIOD)
        services.approve(actor=people.approver, period=PERIOD)


def start_closing(people: World, *, hand_over: bool = True) -> Job:
    """Ask for the closing of the approved month; what is nobody's is accepted."""
    with people.open():
        parameters = {"period": PERIOD, "accepted_unmatched_fen": unmatched_money(PERIOD)[0]}
        create = jobs.start if hand_over else job_services.create
        return create(actor=people.approver, kind="close", subject=PERIOD, parameters=parameters)


def add_bonus(people: World) -> None:
    """A bonus for the first anchor: the month has to be calculated again."""
    with agency_scope(people.id), transaction.atomic():
        entry_save(
            actor=people.finance,
            code="E01",
            anchor=Anchor.objects.get(code="B00"),
            income="bonus",
            date=date(2026, 7, 5),
            amount_fen=12_345,
            last_closed=None,
        )


def mend_account(people: World) -> None:
    """The anchor A01, who has no contract, turns out to hold the first account that nobody held."""
    with agency_scope(people.id), transaction.atomic():
        account_save(
            actor=people.owner,
            anchor=Anchor.objects.get(code="A01"),
            platform="douyin",
            account_id=month.account_of(ANCHORS),
            starts_on=date(2026, 1, 1),
        )


def start_match(people: World, *, hand_over: bool = True) -> Job:
    """Have the unmatched lines matched again, as the desk does after `mend_account`."""
    cause = f"douyin:{month.account_of(ANCHORS)}"
    with agency_scope(people.id), transaction.atomic():
        if hand_over:
            return mending.start(actor=people.owner, reason="unknown_account", cause=cause)
        causes = {"causes": [["unknown_account", cause]]}
        return job_services.create(actor=people.owner, kind="match", parameters=causes)


def row_of(people: World, job: Job) -> Job:
    """The job as it stands now."""
    with agency_scope(people.id), transaction.atomic():
        return Job.objects.get(pk=job.pk)


def without_keys(kept: Any) -> Any:
    """A JSON value without the keys of rows that it names."""
    if isinstance(kept, list):
        return [without_keys(one) for one in kept]
    if isinstance(kept, dict):
        return {name: without_keys(one) for name, one in kept.items() if name != "id" and not name.endswith("_id")}
    return kept


def contents(people: World, *also: type[models.Model]) -> dict[str, list[str]]:
    """Every row of the agency by table, each with the content of the rows it refers to in place of their keys.

    `also`: tables that are compared besides RESULTS.
    """
    with agency_scope(people.id), transaction.atomic():
        rows = {model: {row.pk: row for row in model.objects.all()} for model in (*RESULTS, *also)}
    written: dict[tuple[type[models.Model], int], str] = {}

    def content(model: type[models.Model], key: int) -> str:
        if (model, key) not in written:
            row = rows[model][key]
            written[model, key] = repr([value(row, field) for field in model._meta.concrete_fields])
        return written[model, key]

    def value(row: models.Model, field: Any) -> Any:
        kept = getattr(row, field.attname)
        if field.name in NOT_COMPARED or field.primary_key:
            return None
        if not field.is_relation or kept is None:
            return without_keys(kept)
        return content(field.related_model, kept) if field.related_model in rows else bool(kept)

    return {
        model._meta.db_table: sorted(content(model, key) for key in found) for model, found in rows.items() if found
    }
