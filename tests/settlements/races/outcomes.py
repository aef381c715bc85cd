"""What comes of a race, and how far a batch of payouts is before it."""

from typing import Any

from mcn.core.errors import DomainError
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import (
    PayingAccount,
    Payout,
    PayoutBatch,
    Period,
)
from tests.settlements.books import JULY
from tests.settlements.paying import Paying, payouts


def refused(answer: Any, kind: type[DomainError], sentence: str) -> None:
    assert isinstance(answer, kind), answer
    assert sentence in answer.said  # type: ignore[attr-defined]


def balanced(desk: Paying) -> None:
    with desk.people.open():
        assert [check for check in agency_checks() if not check.agrees] == []
        assert [check for month in month_checks() for check in month.checks if not check.agrees] == []


def in_state(desk: Paying, state: str) -> bool:
    with desk.people.open():
        return Period.objects.get(code=JULY).state == state


def exported(desk: Paying) -> tuple[PayoutBatch, dict[str, Payout]]:
    with desk.people.open():
        batch = desk.exported(PayingAccount.objects.get())
        return batch, payouts(batch)
