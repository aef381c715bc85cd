"""What became of advances: the statement of each, and what is outstanding by payee (docs/money.md §5.3, §9)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Sum

from mcn.anchors.models import Advance, Deposit, DepositMove, Payee
from mcn.core.money import R
from mcn.core.periods import Period as Month
from mcn.settlements import recouped
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import Account, Period, Posting, Recoupment, Statement
from mcn.settlements.recouped import SoFar
from mcn.settlements.selectors import last_closed_period

MONTHS = 3  # so many closed months tell what a payee earns


@dataclass(frozen=True)
class AdvanceStatement(SoFar):
    """One advance from its payment to today, in fen.

    `months` is how many further months it takes at the average of what the payee `earned` in the last closed months;
    None where it is not known.
    """

    advance: Advance
    earned: int | None
    a_month: int | None
    months: int | None


def outstanding(advances: Iterable[Advance]) -> dict[int, int]:
    """What is left of each advance, in fen by its id."""
    return recouped.outstanding(Advance, advances)


def statement_of(advance: Advance) -> AdvanceStatement:
    """The statement of one advance."""
    return statements_of([advance])[0]


def statements_of(advances: Iterable[Advance]) -> list[AdvanceStatement]:
    """The statements of these advances, in their order."""
    wanted = list(advances)
    found = recouped.so_far(Advance, wanted)
    earned = average_earned(advance.payee_id for advance in wanted)
    return [_statement(advance, found[advance.pk], earned.get(advance.payee_id)) for advance in wanted]


def _statement(advance: Advance, so_far: SoFar, earned: Fraction | None) -> AdvanceStatement:
    newest = so_far.rows[-1].period if so_far.rows else ""
    last = max(last_closed_period() or "", newest, f"{Month.of(advance.paid_on).previous}")
    a_month = None if earned is None else _a_month(advance, earned)
    return AdvanceStatement(
        **vars(so_far),
        advance=advance,
        earned=None if earned is None else R(earned),
        a_month=a_month,
        months=_months(so_far.outstanding, a_month, advance.recoup_from, last),
    )


def _a_month(advance: Advance, earned: Fraction) -> int:
    most = R(Fraction(advance.recoup_rate) * max(earned, Fraction(0)))
    return most if advance.instalment_fen is None else min(most, advance.instalment_fen)


def _months(left: int, a_month: int | None, recoup_from: str, last: str) -> int | None:
    """Months after `last`, the newest one that is known, until nothing is left; waiting for the first one counts."""
    if left <= 0:
        return 0
    if not a_month:
        return None
    after = Month.parse(last).next
    first = max(after, Month.parse(recoup_from)) if recoup_from else after
    waiting = (first.year - after.year) * 12 + first.month - after.month
    return waiting + -(-left // a_month)


def average_earned(payees: Iterable[int]) -> dict[int, Fraction]:
    """What payees earned a month, exact fen, over their last closed months (three at most), by payee id."""
    earned: dict[int, list[int]] = defaultdict(list)
    rows = Statement.objects.filter(payee__in=set(payees), period__state=Period.State.CLOSED)
    for payee, fen in rows.order_by("-period__code").values_list("payee_id", "earned_fen"):
        if len(earned[payee]) < MONTHS:
            earned[payee].append(fen)
    return {payee: Fraction(sum(months), len(months)) for payee, months in earned.items()}


@dataclass(frozen=True)
class PayeeAdvances:
    """Advances and deposits of one payee, in fen: what was paid, taken back by closed months and by open ones, repaid
    from deposits, and held as deposits; `posted` is what the books say is still advanced."""

    payee: Payee
    paid: int
    recouped: int
    in_draft: int
    repaid: int
    deposits: int
    posted: int
    not_posted: int

    @property
    def outstanding(self) -> int:
        return self.paid - self.recouped - self.in_draft - self.repaid

    @property
    def agrees(self) -> bool:
        """Whether the books say the same: advances that they hold, less what closed months and deposits took."""
        return self.paid - self.not_posted - self.recouped - self.repaid == self.posted


def by_payee() -> list[PayeeAdvances]:
    """Everybody who ever had an advance or a deposit, by code."""
    advances = list(Advance.objects.all())
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    posted = set(Posting.objects.filter(advance__isnull=False).values_list("advance_id", flat=True))
    for advance in advances:
        sums[advance.payee_id]["paid"] += advance.amount_fen
        if advance.pk not in posted:
            sums[advance.payee_id]["not_posted"] += advance.amount_fen
    taken = Recoupment.objects.order_by().values_list("advance__payee_id", "statement__period__state")
    for payee, state, fen in taken.annotate(fen=Sum("amount_fen")):
        sums[payee]["recouped" if state == Period.State.CLOSED else "in_draft"] += fen
    moves = DepositMove.objects.order_by().values_list("deposit__payee_id", "kind")
    for payee, kind, fen in moves.annotate(fen=Sum("amount_fen")):
        sums[payee]["deposits"] += fen if kind == DepositMove.Kind.RECEIVED else -fen
        if kind == DepositMove.Kind.SET_OFF:
            sums[payee]["repaid"] += fen
    for payee in Deposit.objects.values_list("payee_id", flat=True):
        sums[payee]["deposits"] += 0
    ledger = balances_by_payee(Account.ADVANCES)
    names = ("paid", "recouped", "in_draft", "repaid", "deposits", "not_posted")
    return [
        PayeeAdvances(payee=payee, posted=ledger.get(payee.pk, 0), **{name: sums[payee.pk][name] for name in names})
        for payee in Payee.objects.filter(pk__in=sums).order_by("code")
    ]
