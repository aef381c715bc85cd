"""The months of a random agency, calculated with the reference engine."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mcn.commissions.engine.inputs import LineHistory, PeriodInputs
from mcn.commissions.engine.matching import (
    Matcher,
)
from mcn.commissions.engine.prepare import prepare
from mcn.commissions.engine.results import PayeeTotals, PeriodResult
from mcn.commissions.engine.shares import calculate
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import (
    Attendance,
    PayeeInputs,
    PersonHistory,
    SettlementInputs,
    TaxRecord,
    guarantee_version,
)
from mcn.settlements.engine.statement import Statement, settle
from mcn.settlements.engine.tax.tables import built_in_tables
from tests.worlds.world import World


@dataclass(frozen=True)
class Month:
    """One calculated month of a world."""

    inputs: PeriodInputs
    result: PeriodResult
    settlement: SettlementInputs
    statements: tuple[Statement, ...]


@dataclass
class Carried:
    """What one month leaves to the next."""

    history: dict[int, LineHistory] = field(default_factory=dict)
    balance: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    recouped: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    records: dict[str, list[TaxRecord]] = field(default_factory=lambda: defaultdict(list))


def run_world(world: World) -> Iterator[Month]:
    """Every month of a world, calculated with the reference engine as if each were closed before the next."""
    matcher = Matcher(world.roster)
    carried = Carried()
    for period in world.periods:
        inputs = prepare(
            period,
            matcher,
            world.lines,
            [event for event in world.events if world.event_period.get(event.id) == period],
            [entry for entry in world.entries if world.entry_period[entry.id] == period],
            carried.history,
        )
        result = calculate(inputs)
        settlement = settlement_inputs(world, period, result, carried)
        statements = settle(settlement)
        carried.history |= {line.line_id: line for line in result.history}
        payees = {payee.payee: payee for payee in settlement.payees}
        for statement in statements:
            carried.balance[statement.payee] = statement.carried_forward
            for recouped in statement.recouped:
                carried.recouped[recouped.code] += recouped.amount
            for part in statement.taken:
                carried.taken[part.code] += part.amount
            record = statement.tax_record(payees[statement.payee])
            if record is not None:
                carried.records[payees[statement.payee].taxpayer.person].append(record)
        yield Month(inputs, result, settlement, statements)


def settlement_inputs(world: World, period: Period, result: PeriodResult, carried: Carried) -> SettlementInputs:
    """Inputs of a month's statements from its totals and what the months before left behind."""
    totals = {totals.payee: totals for totals in result.totals}
    payees = []
    for code, payer in world.payers.items():
        versions = tuple(v for v in world.roster.versions if v.anchor == code)
        version = guarantee_version(versions, period)
        advances = tuple(
            replace(a, outstanding=a.outstanding - carried.recouped[a.code]) for a in world.advances.get(code, ())
        )
        plans = (replace(p, left=p.left - carried.taken[p.code]) for p in world.instalments.get(code, ()))
        payees.append(
            PayeeInputs(
                payee=code,
                name=f"name of {code}",
                taxpayer=payer,
                has_contract=version is not None,
                totals=totals.get(code, PayeeTotals(code)),
                guarantee=world.guarantees.get(version.id) if version else None,
                attendance=world.attendance.get((code, period), Attendance()),
                advances=advances,
                brought_forward=carried.balance[code],
                instalments=tuple(plan for plan in plans if plan.left),
                net_of_tax=version is not None and version.id in world.net_of_tax,
            )
        )
    history = tuple(PersonHistory(person, tuple(records)) for person, records in carried.records.items())
    return SettlementInputs(period, tuple(payees), history, world.settings, built_in_tables())
