"""What the bank did with the payouts of a file: paid, failed, or paid and returned (docs/money.md §11)."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import RuleError
from mcn.settlements.ledger.posting import lock_books, post_payouts
from mcn.settlements.models import Payout, Posting
from mcn.settlements.payouts.moves import move_payouts
from mcn.settlements.services import moves
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id


@transaction.atomic
def payouts_paid(*, actor: User, payouts: Sequence[Payout], paid_on: date) -> Posting:
    """The bank has paid these on that day: all of them, in one posting (debit payable, credit bank).

    Raises NotAllowed, RuleError for a day to come or before the file, and Conflict where one is not in a bank's file or
    its result is known already: so the same message twice pays once.
    """
    _check(actor, payouts)
    _check_day(paid_on)
    for one in payouts:
        exported_at = one.batch.exported_at
        if exported_at is not None and paid_on < one.batch.agency.business_date(exported_at):
            raise RuleError(
                _("%(payout)s cannot have been paid on %(day)s: its file was made later."),
                field="paid_on",
                payout=one.reference,
                day=paid_on,
            )
    lock_books()
    posting = post_payouts(actor=actor, dated_on=paid_on, amounts={one.payee_id: one.amount_fen for one in payouts})
    move_payouts(payouts, "pay", paid_on=paid_on, paid_by=posting)
    _tell(actor, payouts, "pay", {"paid_on": f"{paid_on}", "posting": posting.number})
    return posting


@transaction.atomic
def payouts_failed(*, actor: User, payouts: Sequence[Payout], reason: str) -> None:
    """The bank has not paid these, for the reason that it gave: they are due again. Raises as `payouts_paid`."""
    _check(actor, payouts)
    reason = _reason(reason)
    lock_books()
    move_payouts(payouts, "fail", reason=reason)
    _tell(actor, payouts, "fail", {"reason": reason})


@transaction.atomic
def payouts_returned(*, actor: User, payouts: Sequence[Payout], returned_on: date, reason: str) -> Posting:
    """Money that was paid has come back on that day: it is payable again (debit bank, credit payable).

    Raises NotAllowed, RuleError for a day to come or before the payment, Conflict where one was not paid or has come
    back already.
    """
    _check(actor, payouts)
    reason = _reason(reason)
    _check_day(returned_on, field="returned_on")
    for one in payouts:
        if one.paid_on is not None and returned_on < one.paid_on:
            raise RuleError(
                _("%(payout)s was paid on %(day)s and cannot have come back before."),
                field="returned_on",
                payout=one.reference,
                day=one.paid_on,
            )
    lock_books()
    amounts = {one.payee_id: one.amount_fen for one in payouts}
    posting = post_payouts(actor=actor, dated_on=returned_on, amounts=amounts, returned=True)
    move_payouts(payouts, "return", returned_on=returned_on, returned_by=posting, reason=reason)
    _tell(actor, payouts, "return", {"returned_on": f"{returned_on}", "reason": reason, "posting": posting.number})
    return posting


def _check(actor: User, payouts: Sequence[Payout]) -> None:
    moves.check_allowed(actor, "payouts.change")
    if not payouts:
        raise RuleError(_("Choose at least one payout."), field="payouts")
    if len({one.payee_id for one in payouts}) < len(payouts):
        raise RuleError(_("Two of these pay the same payee: record them one after the other."), field="payouts")


def _check_day(day: date, *, field: str = "paid_on") -> None:
    if day > Agency.objects.get(pk=current_agency_id()).today():
        raise RuleError(_("%(day)s lies in the future."), field=field, day=day)


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:200]
    if not reason:
        raise RuleError(_("Say why, as the bank does."), field="reason")
    return reason


def _tell(actor: User, payouts: Sequence[Payout], action: str, after: dict[str, object]) -> None:
    for one in payouts:
        audit.record(
            actor=actor,
            action=action,
            target=one,
            before={"state": one.state, "amount_fen": one.amount_fen},
            after=after,
        )
