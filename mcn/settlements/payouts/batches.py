"""A batch of payouts from its draft to the bank's file (docs/money.md §11)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.core.formats import listed
from mcn.settlements.ledger.posting import lock_books
from mcn.settlements.models import PayingAccount, Payout, PayoutBatch
from mcn.settlements.payouts import forms
from mcn.settlements.payouts.due import Due, account_of, due
from mcn.settlements.payouts.moves import move_batch, move_payouts
from mcn.settlements.services import moves

MOST_PAYOUTS = 5000  # what a bank takes in one file


@transaction.atomic
def batch_create(
    *, actor: User | None, account: PayingAccount, pay_on: date, payees: Collection[int] | None = None, note: str = ""
) -> PayoutBatch:
    """Draft a batch that pays everybody who is due and not blocked, or those of them with the ids `payees`.

    Each payee gets all that the books owe it. Made twice, the second finds nobody: who stands in a batch is not due.
    Raises NotAllowed, RuleError where a chosen payee cannot be paid, Conflict where nobody is left.
    """
    moves.check_allowed(actor, "payouts.change")
    if not account.is_active:
        raise RuleError(_("%(account)s is no longer in use."), field="account", account=account)
    lock_books()
    rows = due(account.channel, account.form)
    if payees is not None:
        rows = [row for row in rows if row.payee.pk in payees]
        blocked = [row.payee.name for row in rows if row.blocks]
        gone = len(set(payees)) - len(rows)
        if blocked or gone:
            names = listed([*blocked, *([_("%(n)s who are owed nothing") % {"n": gone}] if gone else [])])
            raise RuleError(_("These cannot be paid now: %(names)s."), field="payees", names=names)
    rows = [row for row in rows if not row.blocks]
    if not rows:
        raise Conflict(_("Nobody is due to be paid from %(account)s."), account=account)
    if len(rows) > MOST_PAYOUTS:
        raise RuleError(_("A batch pays at most %(n)s payees."), field="payees", n=MOST_PAYOUTS)
    number = (PayoutBatch.objects.aggregate(last=models.Max("number"))["last"] or 0) + 1
    batch = PayoutBatch(number=number, account=account, pay_on=pay_on, note=note, created_by=actor)
    batch.save()
    Payout.objects.bulk_create(_payout(batch, place, row) for place, row in enumerate(rows, start=1))
    audit.record(actor=actor, action="create", target=batch, after=_told(batch))
    return batch


def _payout(batch: PayoutBatch, place: int, row: Due) -> Payout:
    account: Any = {**account_of(row.payee, batch.account.channel), "phone": row.payee.phone}
    reference = f"{batch}-{place:03d}"
    return Payout(
        batch=batch, place=place, payee=row.payee, amount_fen=row.amount, reference=reference, account=account
    )


@transaction.atomic
def batch_approve(*, actor: User, batch: PayoutBatch) -> PayoutBatch:
    """Approve a batch that somebody else drafted.

    Raises NotAllowed for one's own, and Conflict for another state or where what a payee is owed, its account or a
    reason not to pay it has changed since: the batch is then to be drafted anew.
    """
    moves.check_allowed(actor, "payouts.approve")
    lock_books()
    if batch.created_by_id == actor.pk:
        raise NotAllowed(
            _("Batch %(batch)s was drafted by %(person)s: a second person has to approve it."),
            batch=batch,
            person=actor.email,
        )
    _check_fresh(batch)
    return _moved(batch, "approve", actor, approved_by=actor, approved_at=timezone.now())


def changed_since(batch: PayoutBatch) -> list[Payout]:
    """The payouts that could not be drafted like this now: less is owed, another account, a reason not to pay."""
    now = {row.payee.pk: row for row in due(batch.account.channel, batch.account.form)}
    changed = []
    for one in batch.payouts.select_related("payee"):
        row = now.get(one.payee_id)
        why = [block.code for block in row.blocks if block.code not in {"in_batch", "minimum"}] if row else ["gone"]
        if why or row is None or row.payable - row.held < one.amount_fen or not _same_account(one, batch.account):
            changed.append(one)
    return changed


def _same_account(one: Payout, account: PayingAccount) -> bool:
    kept: Any = one.account
    now = account_of(one.payee, account.channel)
    return bool(now) and all(kept.get(name) == value for name, value in now.items())


def _check_fresh(batch: PayoutBatch) -> None:
    changed = changed_since(batch)
    if changed:
        raise Conflict(
            _("What is owed or where it goes has changed since the batch was drafted: %(names)s. Drop it, draft anew."),
            names=listed(one.payee.name for one in changed),
        )


@transaction.atomic
def batch_drop(*, actor: User, batch: PayoutBatch) -> PayoutBatch:
    """Give up a batch whose file was not made yet: everybody in it is due again. Raises NotAllowed and Conflict."""
    moves.check_allowed(actor, "payouts.change")
    lock_books()
    return _moved(batch, "drop", actor)


@transaction.atomic
def batch_export(*, actor: User, batch: PayoutBatch) -> PayoutBatch:
    """Fix the bank's file of an approved batch: `batch_file` gives its bytes ever after.

    Raises NotAllowed, Conflict for another state or changed accounts, RuleError where the form cannot hold a payee's
    data.
    """
    _check_may_see_numbers(actor)
    lock_books()
    if batch.state == PayoutBatch.State.APPROVED:
        _check_fresh(batch)
    layout = forms.layout_of(batch)
    content, total_fen = forms.write(batch, layout)
    return _moved(
        batch,
        "export",
        actor,
        exported_by=actor,
        exported_at=timezone.now(),
        layout=layout,
        file_name=forms.file_name(batch),
        file_sha256=forms.digest(content),
        file_total_fen=total_fen,
    )


@transaction.atomic
def batch_file(*, actor: User, batch: PayoutBatch) -> bytes:
    """The bank's file, the same bytes every time. It holds account numbers in plain text, so each look is audited.

    Raises NotAllowed, and Conflict for a batch without a file.
    """
    _check_may_see_numbers(actor)
    if batch.state != PayoutBatch.State.EXPORTED:
        raise Conflict(_("Batch %(batch)s has no file yet."), batch=batch)
    content = forms.content(batch)
    audit.record(actor=actor, action="download", target=batch, after={"file": batch.file_name})
    return content


def _check_may_see_numbers(actor: User) -> None:
    moves.check_allowed(actor, "payouts.change")
    moves.check_allowed(actor, "payees.reveal")


@transaction.atomic
def payout_remove(*, actor: User, payout: Payout) -> None:
    """Take one payee out of a batch whose file was not made yet. Raises NotAllowed and Conflict."""
    moves.check_allowed(actor, "payouts.change")
    lock_books()  # a file that is just being made holds the payee or does not, as the books say
    move_payouts([payout], "drop")
    audit.record(actor=actor, action="drop", target=payout, before={"amount_fen": payout.amount_fen})
    batch = payout.batch
    if not batch.payouts.exclude(state=Payout.State.DROPPED).exists():
        _moved(batch, "drop", actor)


def _moved(batch: PayoutBatch, action: str, actor: User | None, **changes: object) -> PayoutBatch:
    before = {"state": batch.state}
    move_batch(batch, action, **changes)
    audit.record(actor=actor, action=action, target=batch, before=before, after=_told(batch))
    return batch


def _told(batch: PayoutBatch) -> dict[str, object]:
    sums = batch.payouts.exclude(state=Payout.State.DROPPED).aggregate(
        n=models.Count("pk"), fen=models.Sum("amount_fen")
    )
    return {"state": batch.state, "payouts": sums["n"], "amount_fen": sums["fen"] or 0}
