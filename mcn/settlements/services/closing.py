"""A month's whole way to its end in one go, for the command line: two persons are named, neither can be one."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Membership, User
from mcn.core.errors import Conflict, RuleError
from mcn.settlements.models import Period
from mcn.settlements.services import moves, periods
from mcn.settlements.services.calculation import Progress, calculate, check_code

State = Period.State


def close_with(
    *,
    actor: User | None,
    period: str,
    submitted_by: str,
    approved_by: str,
    also_approved_by: str = "",
    accepted_unmatched_fen: int | None = None,
    progress: Progress = lambda done, total, message: None,
    finish: Callable[[dict[str, Any]], None] = lambda result: None,
) -> dict[str, Any]:
    """Calculate the month if it is not calculated or data changed since, then submit, approve and close it.

    The persons are named by e-mail; `also_approved_by` is the further one whom a large month needs. From submission to
    closing it is all or nothing. Returns `calculated` (why it was calculated first: "never", "stale" or "") and
    `content_hash`; `finish` is told the same inside the transaction that closes. Raises RuleError for an unknown
    person, NotAllowed and Conflict as the single steps do.
    """
    check_code(period)
    with transaction.atomic():
        submitter, approver = member(submitted_by), member(approved_by)
        moves.check_allowed(submitter, "settlements.submit")
        moves.check_allowed(approver, "settlements.approve")
        periods.check_second(period, submitter, approver)
        row = Period.objects.filter(code=period).first()
        why = ""
        if row is None or row.state == State.OPEN:
            why = "never"
        elif row.state == State.CALCULATED and periods.is_stale(row):
            why = "stale"
    if why:
        calculate(actor=submitter, period=period, progress=progress)
    with transaction.atomic():
        row = periods.locked(period)
        if row.state == State.IN_REVIEW and row.submitted_by_id == submitter.pk:
            _approve(period, approver, also_approved_by)
        elif row.state != State.APPROVED or (row.submitted_by_id, row.approved_by_id) != (submitter.pk, approver.pk):
            periods.submit(actor=submitter, period=period)
            _approve(period, approver, also_approved_by)
        closed = periods.close(actor=approver, period=period, accepted_unmatched_fen=accepted_unmatched_fen)
        result = {"calculated": why, "content_hash": closed.content_hash}
        finish(result)
    return result


def _approve(period: str, approver: User, also: str) -> None:
    """Approve, twice where the month is large; the person named last approves last."""
    row = periods.locked(period)
    if periods.needs_two(row) and row.first_approved_by_id is None:
        if not also:
            raise Conflict(
                _("%(period)s is so large that two persons approve it: name the other one, too."), period=period
            )
        periods.approve(actor=member(also), period=period)
    periods.approve(actor=approver, period=period)


def member(email: str) -> User:
    """The person with this e-mail, who is a member of the agency in scope. Raises RuleError."""
    found = Membership.objects.filter(user__email=email.strip().lower()).select_related("user").first()
    if found is None:
        raise RuleError(_("Nobody with the e-mail %(email)s is a member of this agency."), email=email)
    return found.user
