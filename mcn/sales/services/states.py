"""The states of an import: one table of allowed moves, changed by compare-and-set in one place."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import Conflict
from mcn.sales.models import SalesImport

State = SalesImport.State
MOVES: dict[str, tuple[str, str]] = {  # from which state an action leads to which
    "preview": (State.WAITING, State.PREVIEWED),
    "take_in": (State.PREVIEWED, State.WAITING),
    "drop": (State.PREVIEWED, State.DROPPED),
    "finish": (State.WAITING, State.DONE),
    "fail": (State.WAITING, State.FAILED),
}
REFUSALS = {
    State.WAITING: _("“%(file)s” is being worked on. Wait for the result."),
    State.PREVIEWED: _("“%(file)s” was only looked at so far. Take it in or drop it first."),
    State.DROPPED: _("“%(file)s” was dropped. Bring the file in again."),
    State.DONE: _("“%(file)s” has been taken in already."),
    State.FAILED: _("“%(file)s” could not be imported. Bring the file in again."),
}


def check(sales_import: SalesImport, action: str) -> None:
    """Raises Conflict where the import's state does not allow the action."""
    if sales_import.state != MOVES[action][0]:
        raise Conflict(REFUSALS[State(sales_import.state)], file=sales_import.file_name)


def move(sales_import: SalesImport, action: str, **changes: Any) -> None:
    """Change the state, and these fields with it, if the import is still in the state that the action starts from.

    Of two who press at once one succeeds. Raises Conflict with the state that the other one led to.
    """
    before, after = MOVES[action]
    moved = SalesImport.objects.filter(pk=sales_import.pk, state=before).update(state=after, **changes)
    sales_import.refresh_from_db()
    if not moved:
        raise Conflict(REFUSALS[State(sales_import.state)], file=sales_import.file_name)
