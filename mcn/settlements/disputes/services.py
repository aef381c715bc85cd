"""What anchors and the agency do with disputes. None of it changes a closed month: what is granted is a correction."""

from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements import attachments
from mcn.settlements.corrections.services import requested
from mcn.settlements.disputes import moves
from mcn.settlements.disputes.deadlines import standing
from mcn.settlements.models import Dispute, Period, StatementAnswer
from mcn.settlements.places import Place, share_of
from mcn.settlements.services.moves import check_allowed
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

Outcome = Dispute.Outcome


@transaction.atomic
def dispute_file(
    *, actor: User, place: Place, reason: str, wished_fen: int | None = None, upload: UploadedFile | None = None
) -> Dispute:
    """Dispute an own statement or an own share of a month that is calculated; `wished_fen` (fen) is what it should be.

    Raises NotAllowed for somebody else's; RuleError without a reason, for the amount as it is, or a file that cannot
    be taken; Conflict for a month that is not calculated, once the time is over or the statement is accepted, and
    while there is an open dispute on the same.
    """
    check_allowed(actor, "portal.answer")
    _check_own(actor, place.payee.pk)
    reason, period, figure = reason.strip(), place.period, place.figure
    if period is None or figure is None or period.state == Period.State.OPEN:
        raise Conflict(_("Only a calculated month can be disputed."))
    _check_in_time(period, place.payee.pk)
    if not reason:
        raise RuleError(_("Say what is wrong."), field="reason")
    if wished_fen == figure:
        raise RuleError(_("This is the amount as it is."), field="wished")
    agency = _agency()
    dispute = Dispute(
        figure_fen=figure,
        wished_fen=wished_fen,
        reason=reason,
        filed_by=actor,
        answer_by=agency.today() + timedelta(days=agency.dispute_answer_days),
        **place.fields,
    )
    try:
        with transaction.atomic():
            dispute.save()
    except IntegrityError as error:
        if "dispute_one_open" not in str(error):
            raise
        raise Conflict(_("You have disputed this already; the agency has not settled it yet.")) from error
    for name, value in attachments.keep(upload).items():
        setattr(dispute, name, value)
    dispute.save(update_fields=["file", "file_name"])
    audit.record(actor=actor, action="dispute", target=dispute, after=audit.snapshot(dispute))
    return dispute


@transaction.atomic
def dispute_withdraw(*, actor: User, dispute_id: int) -> Dispute:
    """Take an own dispute back that is not answered. Raises NotAllowed and Conflict."""
    check_allowed(actor, "portal.answer")
    dispute = _locked(dispute_id)
    _check_own(actor, dispute.payee_id)
    moves.withdraw(dispute, actor=actor)
    return dispute


@transaction.atomic
def dispute_acknowledge(*, actor: User, dispute_id: int) -> Dispute:
    """The anchor has read that the own dispute is rejected: it is closed. Raises NotAllowed and Conflict."""
    check_allowed(actor, "portal.answer")
    dispute = _locked(dispute_id)
    _check_own(actor, dispute.payee_id)
    if dispute.outcome == Outcome.ACCEPTED and dispute.state == Dispute.State.ANSWERED:
        raise Conflict(_("It is closed when a second person has approved the correction."))
    moves.close(dispute, actor=actor)
    return dispute


@transaction.atomic
def dispute_accept(*, actor: User, dispute_id: int, amount_fen: int, answer: str = "") -> Dispute:
    """Grant `amount_fen` (fen, either sign): it is asked for as a correction, which a second person has to approve.

    Raises NotAllowed, also for one's own dispute; Conflict where it is not open; RuleError for no amount.
    """
    dispute = _to_answer(actor, dispute_id)
    share = share_of(dispute)
    if dispute.is_of_share and share is None:
        raise Conflict(_("This line is not there any more: the month was calculated again."))
    if not amount_fen:
        raise RuleError(_("A correction needs an amount, above or below zero."), field="amount")
    moves.answer(dispute, actor=actor, outcome=Outcome.ACCEPTED, text=answer.strip(), amount_fen=amount_fen)
    requested(
        actor=actor,
        place=Place(dispute.payee, dispute.period, share),
        amount_fen=amount_fen,
        reason=answer.strip() or dispute.reason,
        dispute=dispute,
    )
    return dispute


@transaction.atomic
def dispute_reject(*, actor: User, dispute_id: int, answer: str) -> Dispute:
    """Say why it stays as it is. Raises NotAllowed, also for one's own; Conflict; RuleError without an answer."""
    dispute = _to_answer(actor, dispute_id)
    if not answer.strip():
        raise RuleError(_("Say why: the anchor reads it."), field="answer")
    moves.answer(dispute, actor=actor, outcome=Outcome.REJECTED, text=answer.strip())
    return dispute


@transaction.atomic
def statement_accept(*, actor: User, period: Period) -> StatementAnswer:
    """Accept the own statement of a closed month at once; nothing of it can be disputed any more.

    Raises NotAllowed; Conflict for a month that is not closed, a statement that is accepted, or an open dispute on it.
    """
    check_allowed(actor, "portal.answer")
    payee_id = Anchor.objects.filter(member__user=actor).values_list("payee_id", flat=True).first()
    if payee_id is None:
        raise NotAllowed(_("%(person)s is no anchor of this agency."), person=actor.email)
    found = standing(_agency(), period, payee_id)
    if found.state == "provisional":
        raise Conflict(_("The month is not closed: its figures still change."))
    if found.state == "accepted":
        raise Conflict(_("This statement is accepted already."))
    if unsettled(period, payee_id).exists():
        raise Conflict(_("You have an open dispute on this month. Withdraw it first, or wait for the answer."))
    try:
        with transaction.atomic():
            answer = StatementAnswer.objects.create(period=period, payee_id=payee_id, accepted_by=actor)
    except IntegrityError as error:
        raise Conflict(_("This statement is accepted already.")) from error
    audit.record(actor=actor, action="accept", target=answer, after=audit.snapshot(answer))
    return answer


def unsettled(period: Period, payee_id: int) -> QuerySet[Dispute]:
    """A payee's disputes on a month that wait for an answer, or for the correction that was granted."""
    waiting = Dispute.objects.filter(period=period, payee=payee_id)
    return waiting.exclude(state__in=[Dispute.State.CLOSED, Dispute.State.WITHDRAWN]).exclude(outcome=Outcome.REJECTED)


def _agency() -> Agency:
    return Agency.objects.get(pk=current_agency_id())


def _locked(dispute_id: int) -> Dispute:
    rows = Dispute.objects.select_for_update(of=("self",)).select_related("payee", "period")
    dispute = rows.filter(pk=dispute_id).first()
    if dispute is None:
        raise Conflict(_("There is no such dispute."))
    return dispute


def _to_answer(actor: User, dispute_id: int) -> Dispute:
    check_allowed(actor, "disputes.answer")
    dispute = _locked(dispute_id)
    moves.check(dispute, "answer")
    if dispute.filed_by_id == actor.pk:
        raise NotAllowed(_("Nobody answers an own dispute."))
    return dispute


def _check_own(actor: User, payee_id: int) -> None:
    """Raises NotAllowed where the payee is not the person's own."""
    if not Anchor.objects.filter(member__user=actor, payee=payee_id).exists():
        raise NotAllowed(_("Anchors dispute their own statements only."))


def _check_in_time(period: Period, payee_id: int) -> None:
    found = standing(_agency(), period, payee_id)
    if found.may_be_disputed:
        return
    if found.by_payee:
        raise Conflict(_("You accepted this statement on %(day)s."), day=f"{found.accepted_on:%Y-%m-%d}")
    raise Conflict(
        _("This statement could be disputed until %(day)s and counts as accepted."), day=f"{found.until:%Y-%m-%d}"
    )
