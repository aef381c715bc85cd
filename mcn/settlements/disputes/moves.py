"""The states of a dispute: one table of allowed moves, changed by compare-and-set in one place."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import Conflict
from mcn.settlements.models import Dispute

State = Dispute.State
MOVES: dict[str, tuple[frozenset[str], str]] = {  # from which states an action leads to which
    "withdraw": (frozenset({State.OPEN}), State.WITHDRAWN),
    "answer": (frozenset({State.OPEN}), State.ANSWERED),
    "reopen": (frozenset({State.ANSWERED}), State.OPEN),  # the correction that was granted is turned down
    "close": (frozenset({State.ANSWERED}), State.CLOSED),
}
REFUSALS = {
    State.OPEN: _("This dispute is not answered yet."),
    State.ANSWERED: _("This dispute is answered already."),
    State.CLOSED: _("This dispute is closed."),
    State.WITHDRAWN: _("This dispute was withdrawn."),
}


def check(row: Dispute, action: str) -> None:
    """Raises Conflict where the dispute's state does not allow the action."""
    if row.state not in MOVES[action][0]:
        raise Conflict(REFUSALS[State(row.state)])


def withdraw(row: Dispute, *, actor: User | None) -> None:
    """Taken back by the anchor. Raises Conflict, as all moves do."""
    _move(row, "withdraw", actor, closed_at=timezone.now())


def answer(row: Dispute, *, actor: User | None, outcome: str, text: str, amount_fen: int | None = None) -> None:
    """Accepted with what is granted (fen), or rejected."""
    _move(
        row,
        "answer",
        actor,
        outcome=outcome,
        amount_fen=amount_fen,
        answer=text,
        answered_by=actor,
        answered_at=timezone.now(),
    )


def reopen(row: Dispute, *, actor: User | None, answer_by: date) -> None:
    """As if it were not answered, to be answered by another day."""
    _move(
        row,
        "reopen",
        actor,
        outcome="",
        amount_fen=None,
        answer="",
        answered_by=None,
        answered_at=None,
        answer_by=answer_by,
        reminded_at=None,
        overdue_at=None,
    )


def close(row: Dispute, *, actor: User | None) -> None:
    """Corrected, or the rejection is read."""
    _move(row, "close", actor, closed_at=timezone.now())


def _move(row: Dispute, action: str, actor: User | None, **changes: Any) -> None:
    """Change the state if it is still what `row` says; into the audit trail. Raises Conflict otherwise."""
    check(row, action)
    before = audit.snapshot(row)
    changed = Dispute.objects.filter(pk=row.pk, state=row.state).update(state=MOVES[action][1], **changes)
    if not changed:
        raise Conflict(_("Somebody else has just changed this dispute. Look at it again."))
    row.refresh_from_db()
    audit.record(actor=actor, action=action, target=row, before=before, after=audit.snapshot(row))
