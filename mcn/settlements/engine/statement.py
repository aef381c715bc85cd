"""The statement of one payee and one period, line by line in the order of docs/money.md §5. Fen."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypedDict

from mcn.commissions.engine.results import COLUMNS
from mcn.core.money import R
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import (
    Advance,
    Attendance,
    Guarantee,
    PayeeInputs,
    SettlementInputs,
    TaxPayer,
    TaxRecord,
    TaxSettings,
)
from mcn.settlements.engine.tax.tables import TaxTable
from mcn.settlements.engine.tax.withholding import Withholding, withholding, withholding_on_top


@dataclass(frozen=True, slots=True)
class Recouped:
    """What one advance gets back in a period; `before_tax` where it was taxed when paid."""

    code: str
    amount: int
    before_tax: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What one plan of instalments gets back in a period."""

    code: str
    amount: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement's columns. `advance_recouped` is Σ `recouped`, of which those before tax lowered
    `taxable`; `instalments` is −Σ `taken`. `tax_borne` is the tax that the agency pays on top, where the pay is agreed
    after tax.

    Always: taxable + recouped before tax + carried_forward = earned + guarantee_top_up + penalties +
    paid_by_platform + brought_forward + instalments + tax_borne, and net_pay = taxable − tax − recouped after tax.
    """

    payee: str
    name: str
    period: Period
    lines: int
    net_gmv: int
    pool: int
    commission_share: int
    clawback_share: int
    slot_fee_share: int
    tips_share: int
    ads_share: int
    override_share: int
    bonus: int
    earned: int
    guarantee_top_up: int
    penalties: int
    paid_by_platform: int
    brought_forward: int
    instalments: int
    tax_borne: int
    taxable: int
    tax: int
    advance_recouped: int
    net_pay: int
    carried_forward: int
    recouped: tuple[Recouped, ...]
    taken: tuple[Taken, ...]
    guaranteed: int
    withholding: Withholding

    def tax_record(self, inputs: PayeeInputs) -> TaxRecord | None:
        """What later statements of the same person must know; None where nothing is withheld by law."""
        if self.withholding.method is None:
            return None
        return TaxRecord(
            period=self.period,
            method=self.withholding.method,
            income=self.taxable,
            withheld=self.tax,
            social_insurance=inputs.taxpayer.social_insurance,
            special_deductions=inputs.taxpayer.special_deductions,
        )


class _Law(TypedDict):
    """What a tax is reckoned by besides the amount."""

    period: Period
    payer: TaxPayer
    settings: TaxSettings
    earlier: Sequence[TaxRecord]
    tables: Sequence[TaxTable]


def settle(inputs: SettlementInputs) -> tuple[Statement, ...]:
    """All statements of a period, by payee code: everyone with a contract in it or an amount.

    Payees who are one person are taxed together, in the order of their codes.
    """
    records: dict[str, list[TaxRecord]] = defaultdict(list)
    for history in inputs.tax_history:
        records[history.person] += history.records
    statements = []
    for payee in sorted(inputs.payees, key=lambda p: p.payee):
        if not _has_row(payee):
            continue
        known = records[payee.taxpayer.person]
        statement = settle_payee(inputs.period, payee, inputs.settings, known, inputs.tax_tables)
        statements.append(statement)
        record = statement.tax_record(payee)
        if record is not None:
            known.append(record)
    return tuple(statements)


def settle_payee(
    period: Period,
    payee: PayeeInputs,
    settings: TaxSettings,
    tax_records: Sequence[TaxRecord],
    tables: Sequence[TaxTable],
) -> Statement:
    """One statement (docs/money.md §5), given the person's tax records so far."""
    totals = payee.totals
    advances = sorted(
        (advance for advance in payee.advances if advance.is_due(period)),
        key=lambda advance: (advance.paid_on, advance.code),
    )
    caps = {a.code: a.cap(totals.earned) for a in advances}
    guarantee = payee.guarantee
    guaranteed = guaranteed_amount(guarantee, payee.attendance) if guarantee else 0
    tested_on = totals.earned
    if guarantee is not None and guarantee.tested == "after_recoup":
        caps = _within(advances, caps, max(totals.earned, 0))
        tested_on -= sum(caps.values())
    top_up = max(0, guaranteed - tested_on) if guaranteed > 0 else 0

    gross = totals.earned + top_up + totals.penalties + totals.paid_by_platform + payee.brought_forward
    taken = _instalments(period, payee, gross)
    gross -= sum(part.amount for part in taken)
    payable = max(0, gross)
    before_tax = _within([a for a in advances if a.taxed_when_paid], caps, payable)
    taxable = payable - sum(before_tax.values())
    law: _Law = {
        "period": period,
        "payer": payee.taxpayer,
        "settings": settings,
        "earlier": tax_records,
        "tables": tables,
    }
    if payee.net_of_tax:
        tax = withholding_on_top(net=taxable, **law)
        taxable += tax.tax
    else:
        tax = withholding(taxable=taxable, **law)
    after_tax = _within([a for a in advances if not a.taxed_when_paid], caps, taxable - tax.tax)
    recouped = tuple(Recouped(a.code, (before_tax | after_tax)[a.code], a.taxed_when_paid) for a in advances)
    return Statement(
        payee=payee.payee,
        name=payee.name,
        period=period,
        lines=totals.lines,
        net_gmv=totals.net_gmv,
        pool=totals.pool,
        commission_share=totals.commission_share,
        clawback_share=totals.clawback_share,
        slot_fee_share=totals.slot_fee_share,
        tips_share=totals.tips_share,
        ads_share=totals.ads_share,
        override_share=totals.override_share,
        bonus=totals.bonus,
        earned=totals.earned,
        guarantee_top_up=top_up,
        penalties=totals.penalties,
        paid_by_platform=totals.paid_by_platform,
        brought_forward=payee.brought_forward,
        instalments=-sum(part.amount for part in taken),
        tax_borne=tax.tax if payee.net_of_tax else 0,
        taxable=taxable,
        tax=tax.tax,
        advance_recouped=sum(r.amount for r in recouped),
        net_pay=taxable - tax.tax - sum(after_tax.values()),
        carried_forward=min(0, gross),
        recouped=recouped,
        taken=taken,
        guaranteed=guaranteed,
        withholding=tax,
    )


def guaranteed_amount(guarantee: Guarantee, attendance: Attendance) -> int:
    """The guarantee that counts after its conditions: whole, void, or in proportion to valid days (§5.2).

    Prorated: R(amount × min(1, valid days / min days)); without a number of days there is nothing to be in
    proportion to, and the guarantee is void.
    """
    days_met = not guarantee.min_days or attendance.valid_days >= guarantee.min_days
    hours_met = not guarantee.min_hours or attendance.valid_hours >= guarantee.min_hours
    if days_met and hours_met:
        return guarantee.amount
    if guarantee.when_short == "void" or not guarantee.min_days:
        return 0
    return R(guarantee.amount * min(Fraction(1), Fraction(attendance.valid_days, guarantee.min_days)))


def _instalments(period: Period, payee: PayeeInputs, there: int) -> tuple[Taken, ...]:
    """What the plans take of what is there: the earliest first, never more than there is above nothing (§5.7)."""
    left, found = max(0, there), []
    for plan in sorted(payee.instalments, key=lambda plan: (plan.first_month, plan.code)):
        amount = min(plan.cap(period, payee.totals.earned), left)
        if amount:
            found.append(Taken(plan.code, amount))
            left -= amount
    return tuple(found)


def _within(advances: Sequence[Advance], caps: dict[str, int], limit: int) -> dict[str, int]:
    """What each advance gets, in order: its cap, as long as the limit lasts."""
    found = {}
    for advance in advances:
        found[advance.code] = min(caps[advance.code], limit)
        limit -= found[advance.code]
    return found


def _has_row(payee: PayeeInputs) -> bool:
    """A contract in the period, or anything that is not 0."""
    totals = payee.totals
    amounts = [getattr(totals, column) for column in COLUMNS]
    amounts += [totals.lines, totals.net_gmv, totals.pool, totals.penalties, totals.paid_by_platform]
    return payee.has_contract or any(amounts) or payee.brought_forward != 0
