"""Whether the books balance: lines = statements = ledger = payouts, to the fen (docs/money.md §9)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Sum

from mcn.anchors.models import Advance, DepositMove, InstalmentPlan
from mcn.commissions.models import Bucket
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import (
    Account,
    Instalment,
    LedgerEntry,
    Payout,
    PayoutBatch,
    Period,
    PlanCancellation,
    Posting,
    Recoupment,
    Statement,
)
from mcn.settlements.recouped import taken_over

# Columns of the statements and where a month's posting has their sums; 1: as debits.
IN_LEDGER = {
    "earned_fen": (Account.ANCHOR_COST, 1),
    "guarantee_top_up_fen": (Account.GUARANTEE_COST, 1),
    "tax_borne_fen": (Account.TAX_COST, 1),
    "penalties_fen": (Account.PENALTY_INCOME, 1),
    "instalments_fen": (Account.INSTALMENTS, 1),
    "tax_fen": (Account.TAX_PAYABLE, -1),
    "advance_recouped_fen": (Account.ADVANCES, -1),
    "net_pay_fen": (Account.PAYABLE, -1),
}


@dataclass(frozen=True)
class Check:
    """Two figures that have to be the same (fen), told by `what` (a key of the page's words).

    `payees`: for how many payees they differ, where they are compared by payee; differences may cancel out.
    """

    what: str
    left: int
    right: int
    payees: int = 0

    @property
    def difference(self) -> int:
        return self.left - self.right

    @property
    def agrees(self) -> bool:
        return self.left == self.right and not self.payees


@dataclass(frozen=True)
class MonthChecks:
    """The checks of one month that is in the books."""

    period: Period
    posting: Posting
    checks: list[Check]

    @property
    def agrees(self) -> bool:
        return all(check.agrees for check in self.checks)


def month_checks() -> list[MonthChecks]:
    """For every month in the books, the latest first: its lines against its statements, those against its posting.

    Lines are added up by bucket: that each bucket is the sum of its lines is written with them, and what `verify`
    proves.
    """
    postings = Posting.objects.filter(kind=Posting.Kind.MONTH).select_related("period").order_by("-period__code")
    lines = dict(Bucket.objects.order_by().values_list("period").annotate(Sum("share_fen")))
    columns = {name: Sum(name) for name in IN_LEDGER}
    statements = {row["period"]: row for row in Statement.objects.order_by().values("period").annotate(**columns)}
    ledger: dict[int, Counter[str]] = defaultdict(Counter)
    entries = LedgerEntry.objects.filter(posting__kind=Posting.Kind.MONTH).order_by()
    for row in entries.values("posting", "account").annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen")):
        ledger[row["posting"]][row["account"]] = row["debit"] - row["credit"]
    found = []
    for posting in postings:
        period, sums, posted = posting.period, statements.get(posting.period_id, {}), ledger[posting.pk]
        checks = [Check("lines", lines.get(period.code, 0), sums.get("earned_fen", 0))]
        checks += [
            Check(name, sums.get(name, 0), side * posted[account]) for name, (account, side) in IN_LEDGER.items()
        ]
        found.append(MonthChecks(period, posting, checks))
    return found


def agency_checks() -> list[Check]:
    """What has to hold over all months: debits and credits; what statements, payouts, advances leave open by payee.

    Amounts by payee are compared one by one.
    """
    total = LedgerEntry.objects.aggregate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    posted = Posting.objects.filter(kind=Posting.Kind.MONTH).values("period_id")
    rows = Statement.objects.filter(period__in=posted).select_related("period").defer("period__inputs", "details")
    statements = list(rows.order_by("period__code"))
    payable: dict[int, int] = defaultdict(int)
    owed: dict[int, int] = {}
    latest: dict[int, str] = {}
    for statement in statements:
        payable[statement.payee_id] += statement.net_pay_fen
        owed[statement.payee_id] = -statement.carried_forward_fen  # the latest is what stands
        latest[statement.payee_id] = statement.period.code
    plans: dict[int, int] = defaultdict(int)
    for plan in InstalmentPlan.objects.all():
        plans[plan.payee_id] += plan.amount_fen
    for cancelled in PlanCancellation.objects.filter(state=PlanCancellation.State.DONE).select_related("plan"):
        plans[cancelled.plan.payee_id] -= cancelled.amount_fen or 0
    for (payee, month), fen in taken_over().items():
        if month >= latest.get(payee, ""):  # a later month that came to nothing is not posted
            owed[payee] = owed.get(payee, 0) - fen
    for taken in Instalment.objects.filter(statement__period__in=posted).select_related("plan"):
        plans[taken.plan.payee_id] -= taken.amount_fen
    advances: dict[int, int] = defaultdict(int)
    left_the_bank = 0
    for advance in Advance.objects.filter(postings__isnull=False).distinct():
        advances[advance.payee_id] += advance.amount_fen
        left_the_bank += advance.amount_fen
    deposits: dict[int, int] = defaultdict(int)
    for move in DepositMove.objects.select_related("deposit"):
        deposits[move.deposit.payee_id] += move.change_fen
        if move.kind == DepositMove.Kind.SET_OFF:
            (advances if move.plan_id is None else plans)[move.deposit.payee_id] -= move.amount_fen
        elif move.kind == DepositMove.Kind.RELEASED:
            payable[move.deposit.payee_id] += move.amount_fen
        elif move.kind != DepositMove.Kind.KEPT:
            left_the_bank -= move.change_fen
    for recouped in Recoupment.objects.filter(statement__period__in=posted).select_related("advance"):
        advances[recouped.advance.payee_id] -= recouped.amount_fen
    for paid in Payout.objects.filter(state=Payout.State.PAID).order_by():
        payable[paid.payee_id] -= paid.amount_fen
        left_the_bank += paid.amount_fen
    bank = LedgerEntry.objects.filter(account=Account.BANK).aggregate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    return [
        Check("sides", total["debit"] or 0, total["credit"] or 0),
        _compared("payable", payable, {payee: -fen for payee, fen in balances_by_payee(Account.PAYABLE).items()}),
        Check("bank", left_the_bank, (bank["credit"] or 0) - (bank["debit"] or 0)),
        *_files(),
        _compared("advances", advances, balances_by_payee(Account.ADVANCES)),
        *_where_any("deposits", deposits, {payee: -fen for payee, fen in balances_by_payee(Account.DEPOSITS).items()}),
        *_where_any("instalments", plans, balances_by_payee(Account.INSTALMENTS)),
        _compared("owed", owed, balances_by_payee(Account.CLAWBACK_RECEIVABLE)),
    ]


def _where_any(what: str, known: Mapping[int, int], ledger: Mapping[int, int]) -> list[Check]:
    """What is known of payees against the ledger; nothing where there never was such a thing."""
    return [_compared(what, known, ledger)] if known or ledger else []


def _files() -> list[Check]:
    """The totals of the banks' files, as they were read back from them, against the payouts that stand in them."""
    batches = PayoutBatch.objects.filter(state=PayoutBatch.State.EXPORTED)
    in_files = batches.aggregate(fen=Sum("file_total_fen"))["fen"]
    if in_files is None:
        return []
    payouts = Payout.objects.filter(batch__in=batches).exclude(state=Payout.State.DROPPED)
    return [Check("files", in_files, payouts.aggregate(fen=Sum("amount_fen"))["fen"] or 0)]


def _compared(what: str, known: Mapping[int, int], ledger: Mapping[int, int]) -> Check:
    differing = [payee for payee in known.keys() | ledger.keys() if known.get(payee, 0) != ledger.get(payee, 0)]
    return Check(what, sum(known.values()), sum(ledger.values()), len(differing))
