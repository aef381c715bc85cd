"""What statements and deposits took back of what payees owe: of advances, and of debts in instalments (docs/money.md
§5.3, §5.7).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import models

from mcn.anchors.models import Advance, DepositMove, InstalmentPlan
from mcn.settlements.models import Instalment, Period, PlanCancellation, Recoupment

Owed = TypeVar("Owed", Advance, InstalmentPlan)
# By what statements take from: the model of what they took, and its name there and in the moves of deposits.
TAKEN = {Advance: (Recoupment, "advance"), InstalmentPlan: (Instalment, "plan")}


@dataclass(frozen=True)
class Recouped:
    """What one month took back, in fen, and what was outstanding after it; `is_draft` while the month is open."""

    period: str
    amount: int
    outstanding: int
    is_draft: bool


@dataclass(frozen=True)
class SoFar:
    """What became of `owed` until today, in fen.

    `recouped` are closed months, `in_draft` open ones as they are calculated now. `outstanding` is what is left after
    both and after what deposits repaid.
    """

    owed: int
    rows: tuple[Recouped, ...]
    set_off: tuple[DepositMove, ...]

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
        return self.owed - self.recouped - self.in_draft - self.repaid


def outstanding(kind: type[Owed], owed: Iterable[Owed]) -> dict[int, int]:
    """What is left of each, in fen by its id: owed, less what statements (drafts, too) and deposits took."""
    model, name = TAKEN[kind]
    found = {one.pk: one.amount_fen for one in owed}
    for rows in (model._default_manager, DepositMove._default_manager):
        taken = rows.filter(**{f"{name}__in": found}).order_by().values_list(f"{name}_id")
        for pk, fen in taken.annotate(fen=models.Sum("amount_fen")):
            found[pk] -= fen
    return found


def taken_over() -> dict[tuple[int, str], int]:
    """How much of the balance below zero that a month carries forward is not: what plans took over less what cancelled
    ones gave back (fen; below zero where more came back), by payee id and month. The month is "" for what came back to
    payees without a closed statement.
    """
    found: dict[tuple[int, str], int] = defaultdict(int)
    plans = InstalmentPlan.objects.filter(kind=InstalmentPlan.Kind.CARRIED)
    for payee, month, fen in plans.values_list("payee_id", "carried_from", "amount_fen"):
        found[payee, month] += fen
    due = PlanCancellation.objects.filter(what=PlanCancellation.What.DUE)
    for payee, month, fen in due.values_list("plan__payee_id", "back_to", "amount_fen"):
        found[payee, month] -= fen
    return found


def so_far(kind: type[Owed], owed: Sequence[Owed]) -> dict[int, SoFar]:
    """What became of each, by its id."""
    model, name = TAKEN[kind]
    these = {f"{name}__in": owed}
    taken: dict[int, list[Recoupment | Instalment]] = defaultdict(list)
    rows = model._default_manager.filter(**these).select_related("statement__period")
    for row in rows.defer("statement__period__inputs", "statement__details").order_by("statement__period__code"):
        taken[getattr(row, f"{name}_id")].append(row)
    set_off: dict[int, list[DepositMove]] = defaultdict(list)
    for move in DepositMove.objects.filter(**these).select_related("deposit").order_by("pk"):
        set_off[getattr(move, f"{name}_id")].append(move)
    return {
        one.pk: SoFar(one.amount_fen, _months(one.amount_fen, taken[one.pk]), tuple(set_off[one.pk])) for one in owed
    }


def _months(owed: int, taken: Iterable[Recoupment | Instalment]) -> tuple[Recouped, ...]:
    found, left = [], owed
    for row in taken:
        left -= row.amount_fen
        period = row.statement.period
        found.append(Recouped(period.code, row.amount_fen, left, period.state != Period.State.CLOSED))
    return tuple(found)
