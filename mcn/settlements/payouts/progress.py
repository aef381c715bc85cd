"""How far a payee's statements are paid: payouts pay what was posted first (docs/money.md §11)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from mcn.anchors.models import DepositMove
from mcn.settlements.models import Payout, Period, Posting, Statement


@dataclass(frozen=True)
class Paid:
    """Of one statement: its net pay, what of it was paid, and what stands in a batch (fen); the payouts it came by."""

    statement: Statement
    net_pay: int
    paid: int
    promised: int
    payouts: tuple[Payout, ...]

    @property
    def unpaid(self) -> int:
        """What is neither paid nor in a batch, fen."""
        return self.net_pay - self.paid - self.promised

    @property
    def paid_on(self) -> date | None:
        """The day of the last payout that paid of it; None while nothing was paid."""
        return max((one.paid_on for one in self.payouts if one.paid_on), default=None)


def paid_of(payee_ids: Iterable[int]) -> dict[int, Paid]:
    """How far the closed months' statements of these payees are paid, by statement id."""
    ids = list(payee_ids)
    statements: dict[int, list[Statement]] = defaultdict(list)
    closed = Statement.objects.filter(payee__in=ids, period__state=Period.State.CLOSED)
    for statement in closed.select_related("period").order_by("period__code"):
        statements[statement.payee_id].append(statement)
    counting = [*Payout.OPEN, Payout.State.PAID]
    payouts: dict[int, list[Payout]] = defaultdict(list)
    for payout in Payout.objects.filter(payee__in=ids, state__in=counting).select_related("batch").order_by("pk"):
        payouts[payout.payee_id].append(payout)
    released = _released(ids)
    return {
        found.statement.pk: found
        for payee in ids
        for found in _spread(statements[payee], payouts[payee], released[payee])
    }


def _released(payees: list[int]) -> dict[int, dict[str, int]]:
    """Deposits that payouts give back, fen by payee id and by the month that was posted next ("": none was yet)."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    moves = Posting.objects.filter(
        deposit_move__kind=DepositMove.Kind.RELEASED, deposit_move__deposit__payee__in=payees
    ).order_by("number")
    rows = list(moves.values_list("number", "deposit_move__deposit__payee_id", "deposit_move__amount_fen"))
    if not rows:
        return found
    months = list(
        Posting.objects.filter(kind=Posting.Kind.MONTH).order_by("number").values_list("number", "period__code")
    )
    for number, payee, fen in rows:
        found[payee][next((code for posted, code in months if posted > number), "")] += fen
    return found


def _spread(statements: list[Statement], payouts: list[Payout], released: Mapping[str, int]) -> Iterable[Paid]:
    """Put payouts, the paid ones first, one after another upon statements, the oldest first, and upon the deposits that
    were released before them."""
    order = sorted(payouts, key=lambda one: (one.state != Payout.State.PAID, one.pk))
    left = [(one, one.amount_fen) for one in order]
    before = sorted((month, fen) for month, fen in released.items() if month)
    for statement in statements:
        while before and before[0][0] <= statement.period.code:
            _take(left, before.pop(0)[1])
        paid = promised = 0
        by: list[Payout] = []
        while left and paid + promised < statement.net_pay_fen:
            one, fen = left.pop(0)
            part = min(fen, statement.net_pay_fen - paid - promised)
            if one.state == Payout.State.PAID:
                paid += part
            else:
                promised += part
            by.append(one)
            if fen > part:
                left.insert(0, (one, fen - part))
        yield Paid(statement, statement.net_pay_fen, paid, promised, tuple(by))


def _take(left: list[tuple[Payout, int]], fen: int) -> None:
    """Take what gave a deposit back off the payouts, the first ones first."""
    while left and fen:
        one, there = left.pop(0)
        part = min(there, fen)
        fen -= part
        if there > part:
            left.insert(0, (one, there - part))
