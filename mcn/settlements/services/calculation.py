"""Calculate a month: match its events, share them, settle every payee; all in one transaction."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Advance, InstalmentPlan, Payee
from mcn.commissions import matching
from mcn.commissions.calculation import writing
from mcn.commissions.calculation.rates import MonthSums
from mcn.commissions.calculation.shares import Reckoning
from mcn.commissions.calculation.tables import execute, tune
from mcn.commissions.engine.codec import to_json
from mcn.commissions.engine.inputs import EntryMatch
from mcn.commissions.engine.matching import Matcher
from mcn.commissions.engine.results import PayeeTotals
from mcn.commissions.unmatched import unmatched_money, write_unmatched
from mcn.core.errors import Conflict, RuleError
from mcn.core.periods import Period as Month
from mcn.sales.services import lock_sales
from mcn.settlements import inputs as month_inputs
from mcn.settlements.engine.inputs import SettlementInputs
from mcn.settlements.engine.statement import Statement as Settled
from mcn.settlements.engine.statement import settle
from mcn.settlements.engine.tax.tables import NoTaxTable
from mcn.settlements.former import keeping
from mcn.settlements.inputs import Inputs
from mcn.settlements.models import Instalment, Period, Recoupment, Statement
from mcn.settlements.services import moves

Progress = Callable[[int, int, str], None]
STEPS = (
    gettext_noop("Reading roster and contracts"),
    gettext_noop("Attributing events"),
    gettext_noop("Sharing"),
    gettext_noop("Writing shares"),
    gettext_noop("Settling payees"),
)
COLUMNS = (
    "net_gmv",
    "pool",
    "commission_share",
    "clawback_share",
    "slot_fee_share",
    "tips_share",
    "ads_share",
    "override_share",
    "bonus",
    "earned",
    "guarantee_top_up",
    "penalties",
    "paid_by_platform",
    "brought_forward",
    "instalments",
    "tax_borne",
    "taxable",
    "tax",
    "advance_recouped",
    "net_pay",
    "carried_forward",
)


@dataclass(frozen=True)
class Reckoned:
    """What the calculation tables and the statements of a month came to."""

    month: MonthSums
    totals: tuple[PayeeTotals, ...]
    entry_matches: tuple[EntryMatch, ...]
    settlement: SettlementInputs
    statements: tuple[Settled, ...]
    values: dict[str, Any]


def calculate(
    *, actor: User | None, period: str, progress: Progress = lambda done, total, message: None
) -> dict[str, Any]:
    """Replace the draft of a month (YYYY-MM); returns its totals, fen.

    Calculating again gives the same rows. Raises RuleError for no month or one before the agency's first,
    Conflict for a month that is in review, approved or closed, or lies before a closed one, and NotAllowed.
    """
    check_code(period)
    with transaction.atomic():
        moves.check_allowed(actor, "settlements.calculate")
        lock_sales()  # no import and no other calculation of the agency beside this one
        row = _open_row(period)
        tune()
        progress(0, len(STEPS), STEPS[0])
        inputs = month_inputs.load(period)
        if period < inputs.first_period:
            raise RuleError(
                _("%(period)s lies before the agency's first month %(first)s: it is history and is not settled."),
                period=period,
                first=inputs.first_period,
            )
        mark = month_inputs.mark(inputs)
        found = reckon(inputs, progress)
        progress(3, len(STEPS), STEPS[3])
        keeping.keep(row, mark)
        _delete_statements(row)
        writing.delete_draft(found.values)
        written = writing.write(found.values)
        write_unmatched(inputs.considered, inputs.roster, inputs.entries, found.entry_matches)
        progress(4, len(STEPS), STEPS[4])
        _write_statements(row, inputs, found)
        totals = _totals(period, found, written)
        moves.move(row, "calculate", calculated_at=timezone.now(), calculated_by=actor, input_mark=mark, totals=totals)
        audit.record(actor=actor, action="calculate", target=row, after=totals)
        return totals


def check_code(period: str) -> None:
    """Raises RuleError for text that is no month."""
    try:
        Month.parse(period)
    except ValueError as error:
        raise RuleError(_("“%(period)s” is no month written as YYYY-MM."), field="period", period=period) from error


def _open_row(period: str) -> Period:
    row = Period.objects.select_for_update().filter(code=period).first()
    if row is None:
        later = Period.objects.filter(code__gt=period, state=Period.State.CLOSED).order_by("code").first()
        if later is not None:
            raise Conflict(
                _("%(period)s lies before %(later)s, which is closed: nothing can be settled in it any more."),
                period=period,
                later=later.code,
            )
        row = Period.objects.create(code=period)
    moves.check(row, "calculate")
    return row


def reckon(inputs: Inputs, progress: Progress = lambda done, total, message: None) -> Reckoned:
    """Match, share and settle from the inputs and the events; the shares stay in temporary tables."""
    ids = inputs.ids
    progress(1, len(STEPS), STEPS[1])
    matched = matching.match(inputs.considered, inputs.roster, ids)
    progress(2, len(STEPS), STEPS[2])
    return share_and_settle(inputs, matched, recorded=False)


def share_and_settle(inputs: Inputs, matched: pl.DataFrame, *, recorded: bool) -> Reckoned:
    """From matched events (`matching.MATCHED`) to statements. Raises RuleError where the law's tax table is missing."""
    values = matching.parameters(inputs.considered, inputs.roster)
    matcher = Matcher(inputs.roster)
    entry_matches = tuple(matcher.entry(entry) for entry in inputs.entries)
    reckoning = Reckoning(inputs.roster, inputs.ids, values, matched, inputs.entries, entry_matches)
    month, totals = reckoning.run(recorded=recorded)
    settlement = inputs.settlement(totals)
    try:
        statements = settle(settlement)
    except NoTaxTable as error:
        raise RuleError(
            _("There is no tax table for %(period)s: %(reason)s."), period=str(inputs.period), reason=str(error)
        ) from error
    return Reckoned(month, totals, entry_matches, settlement, statements, values)


def _delete_statements(row: Period) -> None:
    Recoupment.objects.filter(statement__period=row).delete()
    Instalment.objects.filter(statement__period=row).delete()
    Statement.objects.filter(period=row).delete()


def _write_statements(row: Period, inputs: Inputs, found: Reckoned) -> None:
    payees = {payee.code: payee for payee in inputs.payees}
    kinds = dict(Payee.objects.values_list("id", "kind"))
    written = Statement.objects.bulk_create(
        [
            statement_row(row, payees[s.payee].id, kinds[payees[s.payee].id], s, details)
            for s, details in detailed(found)
        ]
    )
    advances = {(a.payee_id, a.code): a for a in Advance.objects.all()}
    Recoupment.objects.bulk_create(
        [
            Recoupment(statement=kept, advance=advances[kept.payee_id, part.code], amount_fen=part.amount)
            for kept, statement in zip(written, found.statements, strict=True)
            for part in statement.recouped
            if part.amount
        ]
    )
    plans = {(plan.payee_id, plan.code): plan for plan in InstalmentPlan.objects.all()}
    Instalment.objects.bulk_create(
        [
            Instalment(statement=kept, plan=plans[kept.payee_id, part.code], amount_fen=part.amount)
            for kept, statement in zip(written, found.statements, strict=True)
            for part in statement.taken
        ]
    )


def detailed(found: Reckoned) -> list[tuple[Settled, dict[str, Any]]]:
    """Every statement with how guarantee, tax and recoupment came out, and what later months must know."""
    payees = {payee.payee: payee for payee in found.settlement.payees}
    rows = []
    for statement in found.statements:
        payee = payees[statement.payee]
        record = statement.tax_record(payee)
        rows.append(
            (
                statement,
                {
                    "person": payee.taxpayer.person,
                    "tax_record": to_json(record),
                    "withholding": to_json(statement.withholding),
                    "guaranteed": statement.guaranteed,
                    "guarantee": to_json(payee.guarantee),
                    "attendance": to_json(payee.attendance),
                    "recouped": to_json(statement.recouped),
                    "taken": to_json(statement.taken),
                    **({"net_of_tax": True} if payee.net_of_tax else {}),  # what closed before has no such key
                },
            )
        )
    return rows


def statement_row(row: Period, payee_id: int, kind: str, settled: Settled, details: dict[str, Any]) -> Statement:
    """The row of a statement, not saved."""
    return Statement(
        period=row,
        payee_id=payee_id,
        code=settled.payee,
        name=settled.name,
        kind=kind,
        lines=settled.lines,
        details=details,
        **{f"{column}_fen": getattr(settled, column) for column in COLUMNS},
    )


def _totals(period: str, found: Reckoned, written: int) -> dict[str, Any]:
    """The month at a glance, fen. agency_share = pool shared − all shares."""
    month = found.month
    amounts = execute("select coalesce(sum(amount), 0)::bigint from c_entry")[0][0]
    sums = {column: sum(getattr(s, column) for s in found.statements) for column in COLUMNS}
    sums |= {"events": month.events, "lines": month.lines, "shares": written, "payees": len(found.statements)}
    sums["pool"], sums["net_gmv"] = month.pool + amounts, month.base
    sums["agency_share"] = sums["pool"] - sums["earned"]
    amount, reasons = unmatched_money(period)
    return sums | {"unmatched_fen": amount, "unmatched": reasons}


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values say the same."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def columns_of(statement: Statement) -> Sequence[Any]:
    """The figures of a statement, to be compared."""
    return [statement.lines, *(getattr(statement, f"{column}_fen") for column in COLUMNS)]
