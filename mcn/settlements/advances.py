"""What became of advances: the statement of each, and what is outstanding by payee (docs/money.md §5.3, §9)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Sum

from mcn.anchors.models import Advance, Deposit, DepositMove, Payee
from mcn.core.money import R
from mcn.core.periods import Period as Month
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import Account, Period, Posting, Recoupment, Statement
from mcn.settlements.selectors import last_closed_period

MONTHS = 3  # so many closed months tell what a payee earns


@dataclass(frozen=True)
class Recouped:
    """What one month took back, in fen, and what was outstanding after it; `is_draft` while the month is open."""

    period: str
    amount: int
    outstanding: int
    is_draft: bool


@dataclass(frozen=True)
class AdvanceStatement:
    """One advance from its payment to today, in fen.

    `recouped` are closed months, `in_draft` open ones as they are calculated now. `outstanding` is what is left after
    both and after what deposits repaid. `months` is how many further months it takes at the average of what the payee
    `earned` in the last closed months; None where it is not known.
    """

    advance: Advance
    rows: tuple[Recouped, ...]
    set_off: tuple[DepositMove, ...]
    earned: int | None
    a_month: int | None
    months: int | None

    @property
    def recouped(self) -> int:
        return sum(row.amount for row in self.rows if not row.is_draft)

    @property
    def in_draft(self) -> int:
        return sum(row.amount for row in self.rows if row.is_draft)

    @property
    def repaid(self) -> int:
        return sum(move.amount_fen for move in self.set_off)

    @property
    def outstanding(self) -> int:
        return self.advance.amount_fen - self.recouped - self.in_draft - self.repaid


def outstanding(advances: Iterable[Advance]) -> dict[int, int]:
    """What is left of each advance, in fen by its id: paid, less what statements (drafts, too) and deposits took."""
    found = {advance.pk: advance.amount_fen for advance in advances}
    taken = Recoupment.objects.filter(advance__in=found).order_by().values_list("advance_id")
    repaid = DepositMove.objects.filter(advance__in=found).order_by().values_list("advance_id")
    for rows in (taken, repaid):
        for advance, fen in rows.annotate(fen=Sum("amount_fen")):
            found[advance] -= fen
    return found


def statement_of(advance: Advance) -> AdvanceStatement:
    """The statement of one advance."""
    return statements_of([advance])[0]


def statements_of(advances: Iterable[Advance]) -> list[AdvanceStatement]:
    """The statements of these advances, in their order."""
    wanted = list(advances)
    taken: dict[int, list[Recoupment]] = defaultdict(list)
    recoupments = Recoupment.objects.filter(advance__in=wanted).select_related("statement__period")
    for row in recoupments.defer("statement__period__inputs", "statement__details").order_by("statement__period__code"):
        taken[row.advance_id].append(row)
    set_off: dict[int, list[DepositMove]] = defaultdict(list)
    for move in DepositMove.objects.filter(advance__in=wanted).select_related("deposit").order_by("pk"):
        assert move.advance_id is not None
        set_off[move.advance_id].append(move)
    earned = average_earned(advance.payee_id for advance in wanted)
    return [
        _statement(advance, taken[advance.pk], set_off[advance.pk], earned.get(advance.payee_id)) for advance in wanted
    ]


def _statement(
    advance: Advance, taken: list[Recoupment], set_off: list[DepositMove], earned: Fraction | None
) -> AdvanceStatement:
    rows, left = [], advance.amount_fen
    for row in taken:
        left -= row.amount_fen
        period = row.statement.period
        rows.append(Recouped(period.code, row.amount_fen, left, period.state != Period.State.CLOSED))
    left -= sum(move.amount_fen for move in set_off)
    last = max(last_closed_period() or "", rows[-1].period if rows else "", f"{Month.of(advance.paid_on).previous}")
    a_month = None if earned is None else _a_month(advance, earned)
    return AdvanceStatement(
        advance,
        tuple(rows),
        tuple(set_off),
        None if earned is None else R(earned),
        a_month,
        _months(left, a_month, advance.recoup_from, last),
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
