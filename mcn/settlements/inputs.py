"""Everything that a month's calculation reads besides the events: loaded, frozen and read again in one form.

Rules, rates, names and balances go through this object and nowhere else, so a closed month keeps what it was
settled by and `verify` recomputes it from there.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Q, QuerySet, Sum

from mcn.anchors.models import (
    Advance,
    Anchor,
    Attendance,
    ContractVersion,
    DepositMove,
    InstalmentPlan,
    Payee,
    WageDeductions,
)
from mcn.commissions.calculation.tables import execute
from mcn.commissions.engine.codec import from_json, to_json
from mcn.commissions.engine.inputs import Entry as EngineEntry
from mcn.commissions.engine.matching import Roster
from mcn.commissions.engine.results import PayeeTotals
from mcn.commissions.matching import Considered, Ids
from mcn.commissions.roster import entry_inputs, load_roster
from mcn.core.periods import Period
from mcn.sales.models import EarningEvent, Entry
from mcn.settlements import models
from mcn.settlements.engine import inputs as engine
from mcn.settlements.engine.tax.tables import TaxTable, built_in_tables
from mcn.settlements.recouped import taken_over
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id


@dataclass(frozen=True, slots=True)
class Named:
    """A row's id by its code."""

    code: str
    id: int


@dataclass(frozen=True, slots=True)
class PayeeRecord:
    """A payee's month apart from the commissions. `anchor`: the code of the anchor it is paid for, "" for others."""

    id: int
    code: str
    name: str
    anchor: str
    taxpayer: engine.TaxPayer
    attendance: engine.Attendance
    advances: tuple[engine.Advance, ...]
    brought_forward: int
    instalments: tuple[engine.Instalments, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionGuarantee:
    """The guarantee of a contract version."""

    version_id: int
    guarantee: engine.Guarantee


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one month's calculation reads. `carried`: the month settles what closed months left unmatched.
    `net_of_tax`: ids of the contract versions whose pay is agreed after tax."""

    period: Period
    first_period: str
    carried: bool
    roster: Roster
    anchors: tuple[Named, ...]
    payees: tuple[PayeeRecord, ...]
    guarantees: tuple[VersionGuarantee, ...]
    entries: tuple[EngineEntry, ...]
    tax_history: tuple[engine.PersonHistory, ...]
    settings: engine.TaxSettings
    tax_tables: tuple[TaxTable, ...]
    net_of_tax: tuple[int, ...] = ()

    @property
    def ids(self) -> Ids:
        """Row ids by code."""
        return Ids({a.code: a.id for a in self.anchors}, {p.code: p.id for p in self.payees})

    @property
    def considered(self) -> Considered:
        """Which events the month looks at."""
        return Considered(str(self.period), self.first_period, self.carried)

    def as_json(self) -> dict[str, Any]:
        """The frozen form."""
        return to_json(self)

    @classmethod
    def read(cls, data: Any) -> "Inputs":
        """From the frozen form. Raises CodecError where it does not fit."""
        return from_json(cls, data)

    def settlement(self, totals: tuple[PayeeTotals, ...]) -> engine.SettlementInputs:
        """Inputs of the statements: these and what the commissions came to."""
        by_payee = {total.payee: total for total in totals}
        guarantees = {row.version_id: row.guarantee for row in self.guarantees}
        versions = defaultdict(list)
        for row in self.roster.versions:
            versions[row.anchor].append(row)
        payees = []
        for record in self.payees:
            version = None
            if record.anchor:
                version = engine.guarantee_version(tuple(versions[record.anchor]), self.period)
            payees.append(
                engine.PayeeInputs(
                    payee=record.code,
                    name=record.name,
                    taxpayer=record.taxpayer,
                    has_contract=version is not None,
                    totals=by_payee.get(record.code, PayeeTotals(record.code)),
                    guarantee=guarantees.get(version.id) if version else None,
                    attendance=record.attendance,
                    advances=record.advances,
                    brought_forward=record.brought_forward,
                    instalments=record.instalments,
                    net_of_tax=version is not None and version.id in self.net_of_tax,
                )
            )
        return engine.SettlementInputs(self.period, tuple(payees), self.tax_history, self.settings, self.tax_tables)


def load(code: str) -> Inputs:
    """The inputs of a month as they stand now."""
    agency = Agency.objects.get(pk=current_agency_id())
    period = Period.parse(code)
    what = considered_now(code)
    return Inputs(
        period=period,
        first_period=what.first_period,
        carried=what.carried,
        roster=load_roster(),
        anchors=tuple(Named(*row) for row in Anchor.objects.order_by("code").values_list("code", "id")),
        payees=payees_now(period),
        guarantees=_guarantees(),
        entries=entries_now(what),
        tax_history=_tax_history(code),
        settings=tax_settings(agency),
        tax_tables=built_in_tables(),
        net_of_tax=tuple(ContractVersion.objects.filter(net_of_tax=True).order_by("id").values_list("id", flat=True)),
    )


def settles_leftovers(code: str) -> bool:
    """Whether the month is the first open one that has something to settle: it takes what closed months left."""
    closed = models.Period.objects.filter(state=models.Period.State.CLOSED, code__gte=code)
    return not closed.exists() and not earlier_open(code)


def earlier_open(code: str) -> list[str]:
    """Months before this one that are open and hold events or entries, oldest first."""
    first = Agency.objects.values_list("first_period", flat=True).get(pk=current_agency_id())
    closed = set(models.Period.objects.filter(state=models.Period.State.CLOSED).values_list("code", flat=True))
    holding = {
        row[0]
        for row in execute(
            # one probe of the index per month, however many events a month has
            """
            with recursive months as (
                select min(settle_period) as code from sales_earningevent
                where agency_id = %(agency)s and settle_period >= %(first)s
                union all
                select (select min(e.settle_period) from sales_earningevent e
                    where e.agency_id = %(agency)s and e.settle_period > months.code)
                from months where months.code is not null
            )
            select code from months where code < %(code)s
            union
            select settle_period from sales_entry
            where agency_id = %(agency)s and settle_period >= %(first)s and settle_period < %(code)s""",
            {"agency": current_agency_id(), "first": first, "code": code},
        )
    }
    return sorted(holding - closed)


def considered_now(code: str) -> Considered:
    """Which events and entries a month looks at."""
    first = Agency.objects.values_list("first_period", flat=True).get(pk=current_agency_id())
    return Considered(code, first, settles_leftovers(code))


def ids_now() -> Ids:
    """Row ids of anchors and payees by code."""
    return Ids(dict(Anchor.objects.values_list("code", "id")), dict(Payee.objects.values_list("code", "id")))


def entries_now(what: Considered) -> tuple[EngineEntry, ...]:
    """The typed entries that a month settles."""
    wanted = Q(settle_period=what.period)
    if what.carried:
        wanted |= Q(unmatched__carried=True)
    rows = Entry.objects.filter(wanted).select_related("anchor__payee", "deal").order_by("id").distinct()
    return entry_inputs([entry for entry in rows if f"{entry.date:%Y-%m}" >= what.first_period])


def payees_now(period: Period, which: QuerySet[Payee] | None = None) -> tuple[PayeeRecord, ...]:
    """The payees as they stand now, all or those asked for, with what earlier months leave them for a month."""
    anchors = {row.payee_id: row for row in Anchor.objects.all()}
    attendance = {row.anchor_id: row for row in Attendance.objects.filter(period=str(period))}
    deductions = {row.payee_id: row for row in WageDeductions.objects.filter(period=str(period))}
    recouped = dict(
        models.Recoupment.objects.filter(statement__period__code__lt=str(period))
        .order_by()
        .values_list("advance_id")
        .annotate(total=Sum("amount_fen"))
    )
    set_off = dict(
        DepositMove.objects.filter(advance__isnull=False)
        .order_by()
        .values_list("advance_id")
        .annotate(total=Sum("amount_fen"))
    )
    advances: dict[int, list[engine.Advance]] = defaultdict(list)
    for row in Advance.objects.order_by("paid_on", "code", "id"):
        advances[row.payee_id].append(
            engine.Advance(
                code=row.code,
                paid_on=row.paid_on,
                outstanding=row.amount_fen - recouped.get(row.pk, 0) - set_off.get(row.pk, 0),
                recoup_rate=Fraction(row.recoup_rate),
                taxed_when_paid=row.taxed_when_paid,
                instalment=row.instalment_fen,
                recoup_from=Period.parse(row.recoup_from) if row.recoup_from else None,
            )
        )
    plans = _plans(period)
    balances = _balances(period)
    found = []
    for payee in (Payee.objects.all() if which is None else which).order_by("code"):
        anchor = anchors.get(payee.pk)
        present = attendance.get(anchor.pk) if anchor else None
        deducted = deductions.get(payee.pk, payee)  # both tell the two sums
        found.append(
            PayeeRecord(
                id=payee.pk,
                code=payee.code,
                name=anchor.stage_name if anchor else payee.name,
                anchor=anchor.code if anchor else "",
                taxpayer=engine.TaxPayer(
                    kind="non_resident" if payee.non_resident else payee.kind,  # type: ignore[arg-type]
                    person=payee.person_key,
                    social_insurance=deducted.social_insurance_fen,
                    special_deductions=deducted.special_deductions_fen,
                    employed_from=payee.employed_from,
                ),
                attendance=(
                    engine.Attendance(present.valid_days, _plain(present.valid_hours))
                    if present
                    else engine.Attendance()
                ),
                advances=tuple(advances[payee.pk]),
                brought_forward=balances.get(payee.pk, 0),
                instalments=tuple(plans[payee.pk]),
            )
        )
    return tuple(found)


def _plans(period: Period) -> dict[int, list[engine.Instalments]]:
    """What is agreed to be taken back in instalments and still left for a month, by payee id."""
    earlier = models.Instalment.objects.filter(statement__period__code__lt=str(period))
    taken = dict(earlier.order_by().values_list("plan_id").annotate(total=Sum("amount_fen")))
    moves = DepositMove.objects.filter(plan__isnull=False)
    set_off = dict(moves.order_by().values_list("plan_id").annotate(total=Sum("amount_fen")))
    found: dict[int, list[engine.Instalments]] = defaultdict(list)
    cancelled = models.PlanCancellation.objects.filter(state=models.PlanCancellation.State.DONE)
    for row in InstalmentPlan.objects.exclude(pk__in=cancelled.values("plan_id")).order_by("first_month", "code"):
        left = row.amount_fen - taken.get(row.pk, 0) - set_off.get(row.pk, 0)
        if left:  # what is settled is no input of later months
            found[row.payee_id].append(
                engine.Instalments(
                    code=row.code,
                    left=left,
                    instalment=row.instalment_fen,
                    most_rate=Fraction(row.most_rate),
                    first_month=Period.parse(row.first_month),
                )
            )
    return found


def _balances(period: Period) -> dict[int, int]:
    """What the latest statements before a month carry into it, less what plans took over, with what cancelled ones gave
    back, by payee id; ≤ 0."""
    rows = models.Statement.objects.filter(period__code__lt=str(period)).order_by("payee_id", "-period__code")
    latest = rows.distinct("payee_id").values_list("payee_id", "period__code", "carried_forward_fen")
    over = taken_over()
    without_any = {payee: fen for (payee, code), fen in over.items() if not code}
    return without_any | {payee: carried + over.get((payee, code), 0) for payee, code, carried in latest}


def _plain(number: Decimal) -> Decimal:
    return number.normalize() + Decimal(0)


def _guarantees() -> tuple[VersionGuarantee, ...]:
    rows = ContractVersion.objects.filter(guarantee_fen__isnull=False).order_by("id")
    return tuple(
        VersionGuarantee(
            row.pk,
            engine.Guarantee(
                amount=row.guarantee_fen or 0,
                min_days=row.guarantee_min_days,
                min_hours=None if row.guarantee_min_hours is None else _plain(row.guarantee_min_hours),
                when_short=row.guarantee_when_short,  # type: ignore[arg-type]
                tested=row.guarantee_tested,  # type: ignore[arg-type]
            ),
        )
        for row in rows
    )


def _tax_history(code: str) -> tuple[engine.PersonHistory, ...]:
    """What earlier statements of the calendar year took in and had withheld, by person."""
    records: dict[str, list[engine.TaxRecord]] = defaultdict(list)
    rows = models.Statement.objects.filter(period__code__lt=code, period__code__gte=f"{code[:4]}-01")
    for statement in rows.order_by("period__code", "code"):  # without the months: their frozen inputs are large
        record = statement.details.get("tax_record")
        if record is not None:
            records[statement.details["person"]].append(from_json(engine.TaxRecord, record))
    return tuple(engine.PersonHistory(person, tuple(records[person])) for person in sorted(records))


def tax_settings(agency: Agency) -> engine.TaxSettings:
    """The cumulative method for labour begins with the first month for which the law has a table."""
    cumulative_from = None
    if agency.labour_tax == Agency.LabourTax.CUMULATIVE_PLATFORM:
        starts = [table.valid_from for table in built_in_tables() if table.kind == "labour_cumulative"]
        cumulative_from = Period.of(min(starts))
    return engine.TaxSettings(cumulative_from, agency.labour_gap_months)  # type: ignore[arg-type]


def mark(inputs: Inputs) -> str:
    """Fingerprint of all that the month's calculation reads: these inputs, and which facts there are.

    Its cost does not grow with the month's events. They are only ever added, one import after the other
    (`lock_sales`), so the newest one tells whether there are more; a line's account, product or times may change by
    a later import, which the month remembers. What closed months left over changes only when a month closes.
    """
    code = str(inputs.period)
    # Written as a range, so that the newest is one probe of the index of months whatever other months hold.
    events = EarningEvent.objects.filter(settle_period__gte=code, settle_period__lte=code)
    newest = events.order_by("-settle_period", "-id").values_list("id", flat=True).first()
    months = models.Period.objects.order_by("code")
    changed_by = months.filter(code=code).values_list("lines_changed_by_id", flat=True).first()
    before = [
        (earlier, content_hash or (calculated_at.isoformat() if calculated_at else ""))
        for earlier, content_hash, calculated_at in months.filter(code__lt=code).values_list(
            "code", "content_hash", "calculated_at"
        )
    ]
    text = json.dumps([inputs.as_json(), newest, changed_by, before], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def has_events(code: str) -> bool:
    """Whether an event is settled in the month."""
    return EarningEvent.objects.filter(settle_period=code).exists()
