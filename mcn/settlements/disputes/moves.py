"""The states of a dispute: one table of allowed moves, changed by compare-and-set in one place."""

from typing import Any

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


def move(row: Dispute, action: str, *, actor: User | None, **changes: Any) -> None:
    """Change the state if it is still what `row` says; into the audit trail. Raises Conflict otherwise."""
    check(row, action)
    before = audit.snapshot(row)
    changed = Dispute.objects.filter(pk=row.pk, state=row.state).update(state=MOVES[action][1], **changes)
    if not changed:
        raise Conflict(_("Somebody else has just changed this dispute. Look at it again."))
    row.refresh_from_db()
    audit.record(actor=actor, action=action, target=row, before=before, after=audit.snapshot(row))
