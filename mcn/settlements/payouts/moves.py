"""The states of batches and of payouts: one table of allowed moves each, changed by compare-and-set in one place."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import Conflict
from mcn.settlements.models import Payout, PayoutBatch

_Batch, _One = PayoutBatch.State, Payout.State
BATCH: dict[str, tuple[frozenset[str], str]] = {  # from which states an action leads to which
    "approve": (frozenset({_Batch.DRAFT}), _Batch.APPROVED),
    "export": (frozenset({_Batch.APPROVED}), _Batch.EXPORTED),
    "drop": (frozenset({_Batch.DRAFT, _Batch.APPROVED}), _Batch.DROPPED),
}
ONE: dict[str, tuple[frozenset[str], str]] = {
    "approve": (frozenset({_One.DRAFT}), _One.APPROVED),
    "export": (frozenset({_One.APPROVED}), _One.EXPORTED),
    "drop": (frozenset({_One.DRAFT, _One.APPROVED}), _One.DROPPED),
    "pay": (frozenset({_One.EXPORTED}), _One.PAID),
    "fail": (frozenset({_One.EXPORTED}), _One.FAILED),
    "return": (frozenset({_One.PAID}), _One.RETURNED),
}


def move_batch(batch: PayoutBatch, action: str, **changes: Any) -> None:
    """Move a batch with all its payouts that go with it. Raises Conflict where its state does not allow the action."""
    before, after = BATCH[action]
    changed = PayoutBatch.objects.filter(pk=batch.pk, state__in=before).update(state=after, **changes)
    if not changed:
        batch.refresh_from_db()
        raise Conflict(
            _("Batch %(batch)s is %(state)s: that can no longer be done."),
            batch=batch,
            state=batch.get_state_display(),
        )
    before, after = ONE[action]
    Payout.objects.filter(batch=batch, state__in=before).update(state=after)
    batch.refresh_from_db()


def move_payouts(payouts: Sequence[Payout], action: str, **changes: Any) -> None:
    """Move payouts, all of them or none. Raises Conflict where one is in a state that does not allow the action."""
    before, after = ONE[action]
    rows = Payout.objects.filter(pk__in=[one.pk for one in payouts])
    wrong = rows.exclude(state__in=before).first()
    if wrong is None and rows.filter(state__in=before).update(state=after, **changes) == len(payouts):
        return
    wrong = wrong or rows.exclude(state__in=before).first() or payouts[0]
    raise Conflict(
        _("Payout %(payout)s is %(state)s: that can no longer be done."),
        payout=wrong.reference,
        state=wrong.get_state_display(),
    )
