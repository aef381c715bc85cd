"""Ask for a correction, and decide on it as a second person."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connections, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Payee
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.core.periods import Period as Month
from mcn.core.periods import settling_period
from mcn.sales.services.entries import correction_entry_add
from mcn.settlements import attachments
from mcn.settlements.disputes import moves as disputes
from mcn.settlements.models import Correction, Dispute, Period
from mcn.settlements.places import Place
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services import moves as months
from mcn.settlements.services.opening import period_ensure
from mcn.tenancy.locks import agency_lock
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

State = Correction.State
NUMBERS_LOCK = 0x636F7272  # "corr": keeps this advisory lock apart from others


@transaction.atomic
def request(
    *, actor: User, place: Place, amount_fen: int, reason: str, upload: UploadedFile | None = None
) -> Correction:
    """Ask for `amount_fen` (fen, either sign) to be paid to the payee of `place` as a correction.

    Nothing is paid before a second person approves it. Raises NotAllowed, and RuleError for no amount, no reason, a
    payee who is no anchor, or a file that cannot be taken.
    """
    months.check_allowed(actor, "corrections.request")
    return requested(actor=actor, place=place, amount_fen=amount_fen, reason=reason, upload=upload)


def requested(
    *,
    actor: User,
    place: Place,
    amount_fen: int,
    reason: str,
    upload: UploadedFile | None = None,
    dispute: Dispute | None = None,
) -> Correction:
    """`request` for who was allowed it by another right, such as answering a dispute; in the caller's transaction."""
    reason = reason.strip()
    if not amount_fen:
        raise RuleError(_("A correction needs an amount, above or below zero."), field="amount")
    if not reason:
        raise RuleError(_("Say why: the payee reads it."), field="reason")
    anchor_of(place.payee)
    correction = Correction(
        number=_next_number(),
        amount_fen=amount_fen,
        reason=reason,
        requested_by=actor,
        dispute=dispute,
        **place.fields,
        **attachments.keep(upload),
    )
    correction.save()
    audit.record(actor=actor, action="request", target=correction, after=audit.snapshot(correction))
    return correction


def anchor_of(payee: Payee) -> Anchor:
    """The anchor whose entry pays the payee. Raises RuleError for others: entries are of anchors."""
    anchor = Anchor.objects.filter(payee=payee).first()
    if anchor is None:
        raise RuleError(_("%(payee)s is no anchor: only anchors' statements can be corrected."), payee=payee.name)
    return anchor


@transaction.atomic
def approve(*, actor: User, correction_id: int) -> Correction:
    """Agree to a correction that somebody else asked for: it becomes an entry of the month that settles it.

    That is the corrected month while it is open, else the first open one (docs/money.md §2.3); a dispute that it came
    from is closed. Raises NotAllowed for one's own request and one's own pay, and Conflict where it was decided
    already, or that month is in review, approved or just being worked on.
    """
    months.check_allowed(actor, "corrections.approve")
    correction = _undecided(correction_id)
    _check_second(correction, actor)
    month = settling_month(correction.period)
    _hold_open(month)
    entry = correction_entry_add(
        actor=actor,
        code=correction.code,
        anchor=anchor_of(correction.payee),
        date=_day_in(month),
        amount_fen=correction.amount_fen,
        note=correction.reason,
    )
    _decide(correction, actor, "approve", state=State.APPROVED, made=entry)
    with connections["default"].cursor() as cursor:  # the database looks at the entry now, not at the end only
        cursor.execute("set constraints of_approved_correction immediate")
        cursor.execute("set constraints of_approved_correction deferred")
    if correction.dispute is not None:
        disputes.close(correction.dispute, actor=actor)
    return correction


@transaction.atomic
def reject(*, actor: User, correction_id: int, reason: str) -> Correction:
    """Turn down a correction that somebody else asked for; a dispute that it came from is open again.

    Raises NotAllowed, Conflict, and RuleError without a reason.
    """
    months.check_allowed(actor, "corrections.approve")
    correction = _undecided(correction_id)
    _check_second(correction, actor)
    if not reason.strip():
        raise RuleError(_("Say why it is rejected."), field="reason")
    _decide(correction, actor, "reject", state=State.REJECTED, refusal=reason.strip())
    if correction.dispute is not None:
        agency = _agency()
        answer_by = agency.today() + timedelta(days=agency.dispute_answer_days)
        disputes.reopen(correction.dispute, actor=actor, answer_by=answer_by)
    return correction


def settling_month(corrected: Period | None) -> Month:
    """The month that pays a correction approved now: that of the corrected statement if it is open, else the first
    open one; without a statement the earliest month that there is, or this one."""
    last = last_closed_period()
    closed = Month.parse(last) if last else None
    if corrected is not None:
        return settling_period(Month.parse(corrected.code), closed)
    if closed is not None:
        return closed.next
    first = Period.objects.exclude(state=Period.State.CLOSED).order_by("code").values_list("code", flat=True).first()
    return Month.parse(max(first or str(Month.of(_agency().today())), _agency().first_period))


def _hold_open(month: Month) -> None:
    """Keep the month from being calculated or closed until the transaction ends. Raises Conflict."""
    row = period_ensure(str(month))
    try:
        with transaction.atomic():
            row = Period.objects.select_for_update(nowait=True).defer("inputs").get(pk=row.pk)
    except OperationalError as error:
        raise Conflict(_("%(period)s is just being worked on. Try again in a moment."), period=str(month)) from error
    months.check(row, "calculate")


def _day_in(month: Month) -> date:
    """Today if it lies in the month, else the month's day that is nearest."""
    today = _agency().today()
    return min(max(today, month.start), month.last_day)


def _agency() -> Agency:
    return Agency.objects.get(pk=current_agency_id())


def _undecided(correction_id: int) -> Correction:
    rows = Correction.objects.select_for_update(of=("self",)).select_related("payee", "requested_by", "dispute")
    correction = rows.filter(pk=correction_id).first()
    if correction is None:
        raise Conflict(_("There is no such correction."))
    if correction.state != State.REQUESTED:
        raise Conflict(
            _("%(code)s was decided already: %(state)s."), code=correction.code, state=correction.get_state_display()
        )
    return correction


def _check_second(correction: Correction, actor: User) -> None:
    if correction.requested_by_id == actor.pk:
        raise NotAllowed(
            _("%(code)s was requested by %(person)s: a second person has to decide on it."),
            code=correction.code,
            person=actor.email,
        )
    if Anchor.objects.filter(payee=correction.payee_id, member__user=actor).exists():
        raise NotAllowed(_("Nobody decides on a correction of the own pay."))


def _decide(correction: Correction, actor: User, action: str, **values: Any) -> None:
    before = audit.snapshot(correction)
    values |= {"decided_by": actor, "decided_at": timezone.now()}
    for name, value in values.items():
        setattr(correction, name, value)
    correction.save(update_fields=list(values))
    audit.record(actor=actor, action=action, target=correction, before=before, after=audit.snapshot(correction))


def _next_number() -> int:
    """Numbers are per agency, so whoever takes one waits for who is taking one."""
    agency_lock(NUMBERS_LOCK)
    return (Correction.objects.aggregate(last=models.Max("number"))["last"] or 0) + 1
