"""How far a payee's statements are paid: payouts pay the oldest month first (docs/money.md §11)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mcn.settlements.models import Payout, Period, Statement


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
    return {found.statement.pk: found for payee in ids for found in _spread(statements[payee], payouts[payee])}


def _spread(statements: list[Statement], payouts: list[Payout]) -> Iterable[Paid]:
    """Put payouts, the paid ones first, one after another upon statements, the oldest first."""
    order = sorted(payouts, key=lambda one: (one.state != Payout.State.PAID, one.pk))
    left = [(one, one.amount_fen) for one in order]
    for statement in statements:
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
