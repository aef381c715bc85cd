"""The states of a month: one table of allowed moves, changed by compare-and-set in one place."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Membership, User
from mcn.core.errors import Conflict, NotAllowed
from mcn.settlements.models import Period

State = Period.State
MOVES: dict[str, tuple[frozenset[str], str]] = {  # from which states an action leads to which
    "calculate": (frozenset({State.OPEN, State.CALCULATED}), State.CALCULATED),
    "submit": (frozenset({State.CALCULATED}), State.IN_REVIEW),
    "approve": (frozenset({State.IN_REVIEW}), State.APPROVED),
    "send_back": (frozenset({State.IN_REVIEW, State.APPROVED}), State.CALCULATED),
    "close": (frozenset({State.APPROVED}), State.CLOSED),
}
REFUSALS = {
    State.OPEN: _("%(period)s has not been calculated."),
    State.CALCULATED: _("%(period)s is calculated and has not been submitted for review."),
    State.IN_REVIEW: _("%(period)s is in review. Send it back first to change it."),
    State.APPROVED: _("%(period)s is approved. Send it back first to change it."),
    State.CLOSED: _("%(period)s is closed. A closed month is never changed; corrections land in the next open one."),
}


def check(row: Period, action: str) -> None:
    """Raises Conflict where the month's state does not allow the action."""
    if row.state not in MOVES[action][0]:
        raise Conflict(REFUSALS[State(row.state)], period=row.code)


def move(row: Period, action: str, **changes: Any) -> None:
    """Change the state if it is still what `row` says. Raises Conflict otherwise."""
    check(row, action)
    changed = Period.objects.filter(pk=row.pk, state=row.state).update(state=MOVES[action][1], **changes)
    if not changed:
        raise Conflict(_("Somebody else has just changed %(period)s. Look at it again."), period=row.code)
    row.refresh_from_db()


def check_allowed(actor: User | None, permission: str) -> Membership | None:
    """The actor's membership of the agency in scope. None is the operator's command line.

    Raises NotAllowed for whoever is no member or lacks the permission.
    """
    if actor is None:
        return None
    member = Membership.objects.filter(user=actor).first()
    if member is None:
        raise NotAllowed(_("%(person)s is no member of this agency."), person=actor.email)
    if not member.can(permission):
        raise NotAllowed(_("%(person)s may not do this: %(permission)s."), person=actor.email, permission=permission)
    return member
