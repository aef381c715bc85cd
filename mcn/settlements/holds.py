"""Holding payments back, and what is held: `held` is what paying asks before it pays."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import Conflict, RuleError
from mcn.settlements.models import Hold, Period
from mcn.settlements.places import Place
from mcn.settlements.services.moves import check_allowed


@dataclass(frozen=True)
class Held:
    """What is held of one payee: `amount_fen` in fen before tax, or None for everything, with the reasons."""

    amount_fen: int | None
    reasons: tuple[str, ...]


def held(payees: Iterable[int]) -> dict[int, Held]:
    """What is held now of these payees (ids); who is not in it is paid in full."""
    found: dict[int, list[Hold]] = defaultdict(list)
    for hold in active().filter(payee__in=list(payees)).order_by("held_at", "pk"):
        found[hold.payee_id].append(hold)
    return {
        payee_id: Held(
            None if any(hold.amount_fen is None for hold in holds) else sum(hold.amount_fen or 0 for hold in holds),
            tuple(hold.reason for hold in holds),
        )
        for payee_id, holds in found.items()
    }


def active() -> QuerySet[Hold]:
    """Holds that nobody has released."""
    rows = Hold.objects.filter(released_at__isnull=True)
    return rows.select_related("payee", "period", "event__line", "entry", "held_by")


@transaction.atomic
def hold_place(*, actor: User, place: Place, reason: str) -> Hold:
    """Pay nothing to a payee, or not one share (above zero) of a closed month, until somebody releases it.

    Raises NotAllowed; RuleError without a reason, for a share that comes to nothing or of a month that is not closed;
    Conflict where the same is held already.
    """
    check_allowed(actor, "holds.change")
    reason = reason.strip()
    if not reason:
        raise RuleError(_("Say why it is held back."), field="reason")
    if place.share is not None:
        if place.period is None or place.period.state != Period.State.CLOSED:
            raise RuleError(_("Only a line of a closed month can be held back: others are not paid yet."))
        if place.share.share_fen <= 0:
            raise RuleError(_("Nothing is paid on this line, so there is nothing to hold back."))
    elif place.period is not None:
        raise RuleError(_("Hold back the payee, or one line."))
    hold = Hold(amount_fen=place.share.share_fen if place.share else None, reason=reason, held_by=actor, **place.fields)
    try:
        with transaction.atomic():
            hold.save()
    except IntegrityError as error:
        if "hold_one_active" not in str(error):
            raise
        raise Conflict(_("This is held back already.")) from error
    audit.record(actor=actor, action="hold", target=hold, after=audit.snapshot(hold))
    return hold


@transaction.atomic
def hold_release(*, actor: User, hold_id: int, reason: str = "") -> Hold:
    """Let it be paid again; released holds stay as a record. Raises NotAllowed and Conflict."""
    check_allowed(actor, "holds.change")
    hold = Hold.objects.select_for_update(of=("self",)).select_related("payee").filter(pk=hold_id).first()
    if hold is None:
        raise Conflict(_("There is no such hold."))
    if not hold.is_active:
        raise Conflict(_("This is released already."))
    before = audit.snapshot(hold)
    hold.released_by, hold.released_at, hold.release_reason = actor, timezone.now(), reason.strip()
    hold.save(update_fields=["released_by", "released_at", "release_reason"])
    audit.record(actor=actor, action="release", target=hold, before=before, after=audit.snapshot(hold))
    return hold
