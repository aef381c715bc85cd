"""Cancel a plan of instalments: what was taken stays, the rest is due at once or forgiven (docs/money.md §5.7)."""

from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.models import User
from mcn.anchors.models import Anchor, DepositMove, InstalmentPlan
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.sales.services import lock_sales
from mcn.settlements import instalments
from mcn.settlements.ledger.posting import lock_books, post_plan_cancelled
from mcn.settlements.models import Instalment, Period, PlanCancellation
from mcn.settlements.services.moves import check_allowed

State = PlanCancellation.State
What = PlanCancellation.What
MOVES: dict[str, tuple[str, str]] = {  # from which state an action leads to which
    "cancel": (State.REQUESTED, State.DONE),
    "reject": (State.REQUESTED, State.REJECTED),
}


def left_of(plan: InstalmentPlan) -> int:
    """What cancelling the plan now is about, in fen: the debt less what closed months and deposits took.

    What drafts take counts as left: they are calculated again without the plan.
    """
    closed = Instalment.objects.filter(plan=plan, statement__period__state=Period.State.CLOSED)
    taken = sum(
        rows.aggregate(fen=Sum("amount_fen"))["fen"] or 0 for rows in (closed, DepositMove.objects.filter(plan=plan))
    )
    return plan.amount_fen - taken


def current(plan: InstalmentPlan) -> PlanCancellation | None:
    """The plan's cancellation that is asked for or done."""
    rows = PlanCancellation.objects.select_related("requested_by", "decided_by")
    return rows.filter(plan=plan).exclude(state=State.REJECTED).first()


def to_decide(user: User) -> list[PlanCancellation]:
    """Requests to forgive what is left of a plan that this person may decide on, the oldest first."""
    rows = PlanCancellation.objects.filter(state=State.REQUESTED).exclude(requested_by=user)
    return list(rows.exclude(plan__payee__anchor__member__user=user).select_related("plan").order_by("pk"))


@transaction.atomic
def cancel(*, actor: User, plan: InstalmentPlan, what: str, reason: str) -> PlanCancellation:
    """Have a plan take nothing from now on. What is left becomes due with the next statement at once; that it is
    forgiven is only asked for here, and a second person decides (`approve`, `reject`).

    Raises NotAllowed; RuleError without a reason; Conflict where nothing is left, or it is cancelled or waits already.
    """
    check_allowed(actor, "instalments.change")
    _lock(plan)
    guards.one_of(What, what, field="what")
    reason = reason.strip()
    if not reason:
        raise RuleError(_("Say why: the payee reads it."), field="reason")
    former = current(plan)
    if former is not None and former.state == State.DONE:
        raise Conflict(_("%(plan)s is cancelled already."), plan=plan.code)
    if former is not None:
        raise Conflict(_("Somebody has to decide first whether the rest of %(plan)s is forgiven."), plan=plan.code)
    values: dict[str, Any] = {"state": State.DONE} | _settled(plan, what) if what == What.DUE else {}
    cancellation = PlanCancellation(plan=plan, what=what, reason=reason, requested_by=actor, **values)
    _check_left(plan)
    cancellation.save()
    if what == What.DUE:
        post_plan_cancelled(actor=actor, cancellation=cancellation)
    action = "cancel" if what == What.DUE else "request"
    audit.record(actor=actor, action=action, target=cancellation, after=audit.snapshot(cancellation))
    return cancellation


@transaction.atomic
def approve(*, actor: User, cancellation_id: int) -> PlanCancellation:
    """Forgive what is left of a plan, as a second person.

    Raises NotAllowed for one's own request and one's own debt; Conflict where it was decided already or nothing is
    left.
    """
    cancellation = _to_decide(actor, cancellation_id)
    _lock(cancellation.plan)
    _check_left(cancellation.plan)
    _move(cancellation, "cancel", actor, **_settled(cancellation.plan, What.FORGIVEN))
    post_plan_cancelled(actor=actor, cancellation=cancellation)
    return cancellation


@transaction.atomic
def reject(*, actor: User, cancellation_id: int, reason: str) -> PlanCancellation:
    """Turn down that a debt is forgiven: the plan goes on. Raises NotAllowed, Conflict, RuleError without a reason."""
    cancellation = _to_decide(actor, cancellation_id)
    if not reason.strip():
        raise RuleError(_("Say why it is rejected."), field="reason")
    _move(cancellation, "reject", actor, refusal=reason.strip())
    return cancellation


def _lock(plan: InstalmentPlan) -> None:
    """No month is calculated or closed, nothing is set off and nobody else cancels until the transaction ends."""
    lock_sales()
    lock_books()
    InstalmentPlan.objects.select_for_update().get(pk=plan.pk)


def _check_left(plan: InstalmentPlan) -> None:
    if left_of(plan) <= 0:
        raise Conflict(_("Nothing is left of %(plan)s."), plan=plan.code)


def _settled(plan: InstalmentPlan, what: str) -> dict[str, Any]:
    """What a cancellation that is carried out keeps."""
    return {"amount_fen": left_of(plan), "back_to": instalments.carried(plan.payee)[0] if what == What.DUE else ""}


def _to_decide(actor: User, cancellation_id: int) -> PlanCancellation:
    check_allowed(actor, "instalments.forgive")
    rows = PlanCancellation.objects.select_related("plan__payee", "requested_by")
    cancellation = rows.filter(pk=cancellation_id).first()
    if cancellation is None:
        raise Conflict(_("There is no such cancellation."))
    if cancellation.requested_by_id == actor.pk:
        raise NotAllowed(
            _("%(code)s was requested by %(person)s: a second person has to decide on it."),
            code=cancellation.plan.code,
            person=actor.email,
        )
    if Anchor.objects.filter(payee=cancellation.plan.payee_id, member__user=actor).exists():
        raise NotAllowed(_("Nobody forgives the own debt."))
    return cancellation


def _move(row: PlanCancellation, action: str, actor: User, **values: Any) -> None:
    """Change the state if it is still what the action begins with. Raises Conflict otherwise."""
    before, (start, end) = audit.snapshot(row), MOVES[action]
    values |= {"state": end, "decided_by": actor, "decided_at": timezone.now()}
    if not PlanCancellation.objects.filter(pk=row.pk, state=start).update(**values):
        row.refresh_from_db()
        raise Conflict(_("%(code)s was decided already: %(state)s."), code=row.plan.code, state=row.get_state_display())
    row.refresh_from_db()
    done = "approve" if end == State.DONE else "reject"
    audit.record(actor=actor, action=done, target=row, before=before, after=audit.snapshot(row))
