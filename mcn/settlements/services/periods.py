"""A month's way from its calculation to its end: submit, approve or send back, close (docs/money.md §8)."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.commissions.models import Unmatched
from mcn.commissions.unmatched import unmatched_money
from mcn.core.errors import Conflict, NotAllowed
from mcn.core.money import yuan
from mcn.sales.services import lock_sales
from mcn.settlements import inputs as month_inputs
from mcn.settlements import proof
from mcn.settlements.disputes.deadlines import promised
from mcn.settlements.former import keeping
from mcn.settlements.inputs import Inputs
from mcn.settlements.ledger.posting import post_closed_months
from mcn.settlements.models import Period
from mcn.settlements.services import moves
from mcn.settlements.services.leftovers import keep_leftovers
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

UNMATCHED_MONEY = gettext_noop(
    "%(period)s has unmatched money of %(amount)s yuan in %(count)s lines (%(reasons)s). Mend the causes,"
    " or accept exactly this amount."
)


def locked(period: str) -> Period:
    """The month's row, locked until the transaction ends. Raises Conflict where there is none."""
    row = Period.objects.select_for_update().filter(code=period).first()
    if row is None:
        raise Conflict(_("There is no month %(period)s: nothing is dated in it."), period=period)
    return row


def is_stale(row: Period) -> bool:
    """Whether anything that the month's calculation reads has changed since."""
    return row.input_mark != month_inputs.mark(month_inputs.load(row.code))


def _check_fresh(row: Period) -> Inputs:
    inputs = month_inputs.load(row.code)
    if row.input_mark != month_inputs.mark(inputs):
        raise Conflict(_("Data of %(period)s changed after it was calculated. Calculate it again."), period=row.code)
    return inputs


@transaction.atomic
def submit(*, actor: User, period: str) -> Period:
    """Hand a calculated month over for review.

    Raises NotAllowed, and Conflict for another state or if data changed since the calculation.
    """
    moves.check_allowed(actor, "settlements.submit")
    row = locked(period)
    moves.check(row, "submit")
    _check_fresh(row)
    return _moved(row, "submit", actor, submitted_by=actor, submitted_at=timezone.now())


@transaction.atomic
def approve(*, actor: User, period: str) -> Period:
    """Approve a month that somebody else calculated and submitted; a large one needs a further person to do the same.

    Large is a month whose net pay is the agency's `second_approval_fen` or more (docs/money.md §8). Raises NotAllowed
    for one's own and for the second approval of one person, and Conflict.
    """
    moves.check_allowed(actor, "settlements.approve")
    row = locked(period)
    moves.check(row, "approve")
    check_second(period, row.submitted_by, actor)
    if row.calculated_by_id == actor.pk:
        raise NotAllowed(
            _("%(period)s was calculated by %(person)s: a second person has to approve it."),
            period=period,
            person=actor.email,
        )
    if row.first_approved_by_id == actor.pk:
        raise NotAllowed(
            _("%(person)s approved %(period)s already: it needs a further person."), period=period, person=actor.email
        )
    if needs_two(row) and row.first_approved_by_id is None:
        return _approved_first(row, actor)
    return _moved(row, "approve", actor, approved_by=actor, approved_at=timezone.now())


def needs_two(row: Period) -> bool:
    """Whether the month is so large that two persons have to approve it."""
    limit = Agency.objects.values_list("second_approval_fen", flat=True).get(pk=current_agency_id())
    return limit is not None and row.totals.get("net_pay", 0) >= limit


def _approved_first(row: Period, actor: User) -> Period:
    open_rows = Period.objects.filter(pk=row.pk, state=Period.State.IN_REVIEW, first_approved_by__isnull=True)
    if not open_rows.update(first_approved_by=actor, first_approved_at=timezone.now()):
        raise Conflict(_("Somebody else has just changed %(period)s. Look at it again."), period=row.code)
    row.refresh_from_db()
    audit.record(actor=actor, action="approve", target=row, after={"state": row.state, "first_approved_by": actor.pk})
    return row


def check_second(period: str, submitter: User | None, approver: User) -> None:
    """Raises NotAllowed where the person who approves is the one who submitted."""
    if submitter is not None and submitter.pk == approver.pk:
        raise NotAllowed(
            _("%(period)s was submitted by %(person)s: a second person has to approve it."),
            period=period,
            person=approver.email,
        )


@transaction.atomic
def send_back(*, actor: User, period: str, reason: str = "") -> Period:
    """Take a month out of review or approval, so that it can be changed and calculated again.

    For whoever may approve, and for the person who submitted it. Raises NotAllowed and Conflict.
    """
    row = locked(period)
    if row.submitted_by_id != actor.pk:
        moves.check_allowed(actor, "settlements.approve")
    moves.check(row, "send_back")
    return _moved(
        row,
        "send_back",
        actor,
        reason,
        submitted_by=None,
        submitted_at=None,
        first_approved_by=None,
        first_approved_at=None,
        approved_by=None,
        approved_at=None,
    )


def _moved(row: Period, action: str, actor: User | None, reason: str = "", **changes: Any) -> Period:
    before = {"state": row.state}
    moves.move(row, action, **changes)
    after = {"state": row.state} | ({"reason": reason} if reason else {})
    audit.record(actor=actor, action=action, target=row, before=before, after=after)
    return row


@transaction.atomic
def close(*, actor: User | None, period: str, accepted_unmatched_fen: int | None = None) -> Period:
    """Close an approved month for good: inputs frozen, proof stored, the database keeps every row from now on.

    Months close in order. Money that belongs to nobody must be accepted to the fen; it stays written down with the
    month (`Leftover`), and is settled in a month after, once its cause is mended. The month is posted to the ledger
    (docs/money.md §9), and what was kept of its former calculation goes. Raises NotAllowed, and Conflict with the
    reason.
    """
    moves.check_allowed(actor, "settlements.close")
    lock_sales()  # no event lands in the month while it closes
    row = locked(period)
    moves.check(row, "close")
    _check_order(row)
    inputs = _check_fresh(row)
    _check_unmatched(row, accepted_unmatched_fen)
    previous = Period.objects.filter(state=Period.State.CLOSED).order_by("-code").first()
    previous_hash = previous.content_hash if previous else ""
    keep_leftovers(row)
    now, agency = timezone.now(), Agency.objects.get(pk=current_agency_id())
    closed = _moved(
        row,
        "close",
        actor,
        closed_at=now,
        disputable_until=promised(agency, agency.business_date(now)),
        accepted_unmatched_fen=accepted_unmatched_fen,
        inputs=inputs.as_json(),
        previous_hash=previous_hash,
        content_hash=proof.content_hash(row, previous_hash, leftovers=True),
        leftovers_hashed=True,
        logo=agency.logo,
    )
    post_closed_months(actor=actor)
    keeping.forget(closed)
    return closed


def _check_order(row: Period) -> None:
    earlier = month_inputs.earlier_open(row.code)
    if earlier:
        raise Conflict(
            _("%(earlier)s is still open and holds events or entries. Close it before %(period)s."),
            earlier=", ".join(earlier),
            period=row.code,
        )
    later = Period.objects.filter(state=Period.State.CLOSED, code__gt=row.code).order_by("code").first()
    if later is not None:
        raise Conflict(_("%(later)s is closed already. Months close in order."), later=later.code)


def _check_unmatched(row: Period, accepted_fen: int | None) -> None:
    amount, reasons = unmatched_money(row.code)
    money = Unmatched.objects.filter(period=row.code, carried=False).exclude(reason="").exclude(pool_fen=0)
    if (accepted_fen is None and not money.exists()) or accepted_fen == amount:
        return
    if not reasons:
        raise Conflict(_("Nothing of %(period)s is unmatched: there is no amount to accept."), period=row.code)
    labels = dict(Unmatched.Reason.choices)
    raise Conflict(
        UNMATCHED_MONEY,
        period=row.code,
        amount=yuan(amount),
        count=sum(part["count"] for part in reasons),
        reasons="; ".join(
            f"{part['reason']} – {labels[part['reason']]}: {yuan(part['pool_fen'])} ({part['count']})"
            for part in reasons
        ),
    )
