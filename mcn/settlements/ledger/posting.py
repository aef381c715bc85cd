"""The only place that posts (docs/money.md §9): months with advances, payouts, deposits, instalments, reversals."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pgtrigger
from django.db import models, transaction

from mcn.accounts.models import User
from mcn.anchors.models import Advance, DepositMove, InstalmentPlan
from mcn.commissions.calculation.tables import execute
from mcn.core.periods import Period as Month
from mcn.sales.models import Entry
from mcn.settlements.models import Account, LedgerEntry, Period, PlanCancellation, Posting, Statement
from mcn.tenancy.locks import agency_lock
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

LEDGER_LOCK = 0x626F6F6B  # "book": keeps this advisory lock apart from others

# What a kind of entry is owed by, and the income that it is. Bonuses are a cost alone, and stand in the statements.
INCOME = {
    Entry.Income.SLOT_FEE: (Account.BRAND_RECEIVABLE, Account.SLOT_FEE_INCOME),
    Entry.Income.ADS: (Account.BRAND_RECEIVABLE, Account.ADS_INCOME),
    Entry.Income.TIPS: (Account.PLATFORM_RECEIVABLE, Account.TIPS_INCOME),
    Entry.Income.COMMISSION_COST: (Account.OTHER_PAYABLE, Account.SHARED_COST),
}
# The lines of a statement and the account that each stands in; those that lower the pay are credits.
_COSTS = {
    Account.ANCHOR_COST: "earned_fen",
    Account.GUARANTEE_COST: "guarantee_top_up_fen",
    Account.TAX_COST: "tax_borne_fen",
    Account.PENALTY_INCOME: "penalties_fen",
    Account.PLATFORM_RECEIVABLE: "paid_by_platform_fen",
    Account.INSTALMENTS: "instalments_fen",
}
_PAY = {
    Account.TAX_PAYABLE: "tax_fen",
    Account.ADVANCES: "advance_recouped_fen",
    Account.PAYABLE: "net_pay_fen",
}
# The income that a claim in instalments was, or the cost that it made smaller.
CLAIMED_AS = {
    InstalmentPlan.Kind.GUARANTEE: Account.GUARANTEE_COST,
    InstalmentPlan.Kind.PENALTY: Account.PENALTY_INCOME,
}

ENTRIES = """
    select n.income, sum(n.amount_fen)::bigint
    from sales_entry n
    where n.agency_id = %(agency)s and n.id in (
        select unnest(b.entries) from commissions_shareblock b
        where b.agency_id = %(agency)s and b.period = %(period)s)
    group by 1
"""


class DoesNotBalance(RuntimeError):
    """Debits and credits of a posting differ: nothing of it may stay."""


@dataclass(frozen=True)
class Side:
    """One entry to be made: `fen` > 0 is a debit, < 0 a credit."""

    account: Account
    fen: int
    payee_id: int | None = None


@transaction.atomic
def post_closed_months(*, actor: User | None) -> list[Posting]:
    """Post every closed month that is not posted yet, the earliest first, each with the advances paid until its end.

    May be repeated safely: a month is posted once. Returns the months' postings.
    """
    lock_books()
    made = []
    for month in _unposted():
        end = Month.parse(month.code).end
        _post_advances(actor=actor, before=end)
        sides = month_sides(month)
        if sides:
            last_day = end - timedelta(days=1)
            made.append(_post(Posting(kind=Posting.Kind.MONTH, dated_on=last_day, period=month, actor=actor), sides))
    return made


@transaction.atomic
def post_payouts(*, actor: User | None, dated_on: date, amounts: Mapping[int, int], returned: bool = False) -> Posting:
    """Post what the bank paid out on a day, or what came back: `amounts` in fen by payee id.

    Debit payable, credit bank; what is returned is payable again. Raises DoesNotBalance for amounts that are not
    positive, and Django's IntegrityError where the database refuses the posting.
    """
    if not amounts or min(amounts.values()) <= 0:
        raise DoesNotBalance(dated_on, dict(amounts))
    lock_books()
    sign = -1 if returned else 1
    sides = [Side(Account.PAYABLE, sign * fen, payee) for payee, fen in sorted(amounts.items())]
    sides.append(Side(Account.BANK, -sign * sum(amounts.values())))
    kind = Posting.Kind.PAYOUT_RETURNED if returned else Posting.Kind.PAYOUT
    return _post(Posting(kind=kind, dated_on=dated_on, actor=actor), sides)


@transaction.atomic
def post_deposit_move(*, actor: User | None, move: DepositMove) -> Posting:
    """Post what happened to a deposit, once (docs/money.md §9): deposits against bank, payable, advances, instalments
    or penalty income. Raises Django's IntegrityError where it is posted already.
    """
    lock_books()
    payee = move.deposit.payee_id
    against = {
        DepositMove.Kind.RECEIVED: Side(Account.BANK, move.amount_fen),
        DepositMove.Kind.RELEASED: Side(Account.PAYABLE, -move.amount_fen, payee),
        DepositMove.Kind.GIVEN_BACK: Side(Account.BANK, -move.amount_fen),
        DepositMove.Kind.SET_OFF: Side(
            Account.ADVANCES if move.plan_id is None else Account.INSTALMENTS, -move.amount_fen, payee
        ),
        DepositMove.Kind.KEPT: Side(Account.PENALTY_INCOME, -move.amount_fen, payee),
    }
    sides = [Side(Account.DEPOSITS, -move.change_fen, payee), against[DepositMove.Kind(move.kind)]]
    posting = Posting(kind=Posting.Kind.DEPOSIT, dated_on=move.dated_on, deposit_move=move, actor=actor)
    return _post(posting, sides)


@transaction.atomic
def post_plan(*, actor: User | None, plan: InstalmentPlan) -> Posting:
    """Post a debt that is taken back in instalments, once (docs/money.md §9): debit instalments receivable, credit what
    it comes from. Raises Django's IntegrityError where it is posted already.
    """
    lock_books()
    source = {**CLAIMED_AS, InstalmentPlan.Kind.CARRIED: Account.CLAWBACK_RECEIVABLE}[InstalmentPlan.Kind(plan.kind)]
    sides = [
        Side(Account.INSTALMENTS, plan.amount_fen, plan.payee_id),
        Side(source, -plan.amount_fen, plan.payee_id),
    ]
    return _post(Posting(kind=Posting.Kind.INSTALMENTS, dated_on=plan.agreed_on, plan=plan, actor=actor), sides)


@transaction.atomic
def post_plan_cancelled(*, actor: User | None, cancellation: PlanCancellation) -> Posting:
    """Post what was left of a plan that was cancelled, once, today: credit instalments receivable, debit clawback
    receivable where it is due, else what the debt was claimed as; a balance that was carried forward is anchor cost.
    Raises Django's IntegrityError where it is posted already.
    """
    lock_books()
    plan, fen = cancellation.plan, cancellation.amount_fen or 0
    account = Account.CLAWBACK_RECEIVABLE
    if cancellation.what == PlanCancellation.What.FORGIVEN:
        account = CLAIMED_AS.get(InstalmentPlan.Kind(plan.kind), Account.ANCHOR_COST)
    sides = [Side(account, fen, plan.payee_id), Side(Account.INSTALMENTS, -fen, plan.payee_id)]
    today = Agency.objects.get(pk=current_agency_id()).today()
    return _post(Posting(kind=Posting.Kind.PLAN_CANCELLED, dated_on=today, plan=plan, actor=actor), sides)


def unposted_months() -> list[str]:
    """Closed months with money that are not in the books, the earliest first: they closed before there was a ledger."""
    return [month.code for month in _unposted() if month_sides(month)]


def _unposted() -> models.QuerySet:
    posted = Posting.objects.filter(kind=Posting.Kind.MONTH).values("period_id")
    return Period.objects.filter(state=Period.State.CLOSED).exclude(pk__in=posted).order_by("code")


def statement_sides(statement: Statement) -> list[Side]:
    """What a statement costs, and whom the agency owes it: its debits are its credits (docs/money.md §5).

    earned + top-up + tax borne + penalties + paid by the platform + brought forward + instalments − carried forward
    = tax + recouped + net pay.
    """
    payee = statement.payee_id
    owed = statement.brought_forward_fen - statement.carried_forward_fen  # what the payee owes the agency more
    return [
        *(Side(account, getattr(statement, field), payee) for account, field in _COSTS.items()),
        *(Side(account, -getattr(statement, field), payee) for account, field in _PAY.items()),
        Side(Account.CLAWBACK_RECEIVABLE, owed, payee),
    ]


def month_sides(month: Period) -> list[Side]:
    """What the month earned and what it costs, from its totals and statements: what closing it posts."""
    sides = _income_of(month)
    for statement in Statement.objects.filter(period=month).order_by("code"):
        sides += statement_sides(statement)
    return _summed(sides)


def _income_of(month: Period) -> list[Side]:
    amounts = dict(execute(ENTRIES, {"agency": current_agency_id(), "period": month.code}))
    commission = month.totals["pool"] - sum(amounts.values())
    sides = [Side(Account.PLATFORM_RECEIVABLE, commission), Side(Account.COMMISSION_INCOME, -commission)]
    for income, (owed_by, earned_as) in INCOME.items():
        amount = amounts.get(income, 0)
        sides += [Side(owed_by, amount), Side(earned_as, -amount)]
    return sides


def _post_advances(*, actor: User | None, before: date) -> None:
    """Post the advances paid before a day: new ones, and changed ones anew after the former posting is reversed."""
    reversed_ones = Posting.objects.filter(reverses__isnull=False).values("reverses_id")
    standing = Posting.objects.filter(kind=Posting.Kind.ADVANCE).exclude(pk__in=reversed_ones)
    known = {posting.advance_id: posting for posting in standing.prefetch_related("entries")}
    for advance in Advance.objects.filter(paid_on__lt=before).order_by("paid_on", "pk"):
        sides = [
            Side(Account.ADVANCES, advance.amount_fen, advance.payee_id),
            Side(Account.BANK, -advance.amount_fen),
        ]
        former = known.get(advance.pk)
        if former is not None:
            if former.dated_on == advance.paid_on and _same(former, sides):
                continue
            _reverse(former, actor=actor)
        _post(Posting(kind=Posting.Kind.ADVANCE, dated_on=advance.paid_on, advance=advance, actor=actor), sides)


def _same(posting: Posting, sides: Iterable[Side]) -> bool:
    kept = {(e.account, e.payee_id, e.debit_fen - e.credit_fen) for e in posting.entries.all()}
    return kept == {(side.account.value, side.payee_id, side.fen) for side in sides}


def _reverse(posting: Posting, *, actor: User | None) -> Posting:
    """Take a posting back by one with its sides changed over, on its own date."""
    sides = [Side(Account(e.account), e.credit_fen - e.debit_fen, e.payee_id) for e in posting.entries.all()]
    row = Posting(
        kind=Posting.Kind.REVERSAL,
        dated_on=posting.dated_on,
        reverses=posting,
        advance_id=posting.advance_id,
        period_id=posting.period_id,
        actor=actor,
    )
    return _post(row, sides)


def _summed(sides: Iterable[Side]) -> list[Side]:
    """One side per account and payee, without those that come to nothing."""
    sums: dict[tuple[Account, int | None], int] = defaultdict(int)
    for side in sides:
        sums[side.account, side.payee_id] += side.fen
    return [Side(account, fen, payee_id) for (account, payee_id), fen in sums.items() if fen]


def _post(posting: Posting, sides: list[Side]) -> Posting:
    """Write a posting under the next number. Raises DoesNotBalance."""
    if sum(side.fen for side in sides):
        raise DoesNotBalance(posting.kind, posting.dated_on, sum(side.fen for side in sides))
    posting.number = (Posting.objects.aggregate(last=models.Max("number"))["last"] or 0) + 1
    posting.save()
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            posting=posting,
            account=side.account,
            payee_id=side.payee_id,
            debit_fen=max(side.fen, 0),
            credit_fen=max(-side.fen, 0),
        )
        for side in sides
    )
    # The database looks at it now, not only when the transaction ends: nothing goes on from a posting that is refused.
    for timing in (pgtrigger.Immediate, pgtrigger.Deferred):
        pgtrigger.constraints(timing, "settlements.Posting:balanced", databases=["default"])
    return posting


def lock_books() -> None:
    """Until the transaction ends, nobody else posts or promises what the books owe.

    Numbers have no gaps, months are posted once, and no money is paid out twice.
    """
    agency_lock(LEDGER_LOCK)
