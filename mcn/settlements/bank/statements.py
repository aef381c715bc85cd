"""Bring in a bank's statement, and record what a person says its lines are (docs/money.md §11)."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import Conflict, RuleError
from mcn.settlements.bank.matching import Suggestion, suggestions
from mcn.settlements.bank.reading import ReadStatement
from mcn.settlements.ledger.posting import lock_books
from mcn.settlements.models import BankLine, BankStatement, PayingAccount, Payout
from mcn.settlements.payouts.results import payouts_paid, payouts_returned
from mcn.settlements.services import moves


@dataclass(frozen=True)
class Brought:
    """What came of a file: its record, how many lines are new, and how many another statement had brought."""

    statement: BankStatement
    new: int
    known: int


@transaction.atomic
def statement_bring(*, actor: User, account: PayingAccount, file_name: str, path: Path, read: ReadStatement) -> Brought:
    """Keep the lines of a statement that are not known yet; nothing is marked paid by that.

    Raises NotAllowed, RuleError for a file with faults or without lines, Conflict for a file brought in before.
    """
    moves.check_allowed(actor, "payouts.change")
    if read.faults:
        raise RuleError(_("The file has %(n)s faults; nothing of it was taken."), field="upload", n=len(read.faults))
    if not read.lines:
        raise RuleError(_("No row of the file moves money."), field="upload")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    PayingAccount.objects.select_for_update().get(pk=account.pk)
    earlier = BankStatement.objects.filter(account=account, sha256=digest).first()
    if earlier is not None:
        raise Conflict(_("This file was brought in already, as “%(name)s”."), name=earlier.file_name)
    statement = BankStatement(
        account=account, file_name=file_name[:200], sha256=digest, rows=len(read.lines), created_by=actor
    )
    statement.save()
    known = set(
        BankLine.objects.filter(account=account, key__in=[line.key for line in read.lines]).values_list(
            "key", flat=True
        )
    )
    new = [line for line in read.lines if line.key not in known]
    BankLine.objects.bulk_create(
        BankLine(
            statement=statement,
            account=account,
            row_number=line.row_number,
            key=line.key,
            booked_on=line.booked_on,
            amount_fen=line.amount_fen,
            name=line.name,
            number=line.number,
            text=line.text,
        )
        for line in new
    )
    audit.record(actor=actor, action="import", target=statement, after={"rows": len(read.lines), "new": len(new)})
    return Brought(statement, len(new), len(read.lines) - len(new))


def suggested(account: PayingAccount) -> list[Suggestion]:
    """What the account's lines that belong to no payout may be of.

    Only lines and payouts of the same amount are fetched, decrypted and scored, however many statements and payouts the
    account has by now.
    """
    lines = BankLine.objects.filter(account=account, payout__isnull=True)
    payouts = Payout.objects.filter(batch__account=account, state__in=[Payout.State.EXPORTED, Payout.State.PAID])
    told = BankLine.objects.filter(account=account, amount_fen__gt=0, payout__isnull=False)
    return [
        *_suggested(lines.filter(amount_fen__gt=0), payouts.exclude(pk__in=told.values("payout")), side=1),
        *_suggested(lines.filter(amount_fen__lt=0), payouts, side=-1),
    ]


def _suggested(lines: QuerySet, payouts: QuerySet, *, side: int) -> list[Suggestion]:
    """Suggestions among lines and payouts; `side` is the sign of the lines' amounts.

    The amounts that both have are found by intersecting sets: a join of the two would be fast only where the database
    has counted a statement's rows since it came in.
    """
    of_lines = lines.order_by().annotate(paid=F("amount_fen") * side).values_list("paid", flat=True)
    amounts = list(payouts.order_by().values_list("amount_fen", flat=True).intersection(of_lines))
    found = payouts.filter(amount_fen__in=amounts).select_related("batch__agency", "payee")
    return suggestions(lines.filter(amount_fen__in=[side * amount for amount in amounts]), found)


@transaction.atomic
def lines_confirm(*, actor: User, pairs: Sequence[tuple[BankLine, Payout]]) -> tuple[int, int]:
    """Record that each line pays (or returns) its payout; returns how many were paid and how many came back.

    All of them or none: one posting per day. Raises NotAllowed, RuleError where amount or account differ or one is
    named twice, Conflict where a line or a payout is taken already.
    """
    moves.check_allowed(actor, "payouts.change")
    if not pairs:
        raise RuleError(_("Choose at least one line."), field="pairs")
    if len({line.pk for line, _one in pairs}) < len(pairs) or len({one.pk for _line, one in pairs}) < len(pairs):
        raise RuleError(_("A line or a payout is chosen twice."), field="pairs")
    lock_books()  # a payout gets one line, and is paid once, whoever else says so now
    paid_already = _paid(payout for _line, payout in pairs)
    days: dict[tuple[date, bool], list[tuple[BankLine, Payout]]] = defaultdict(list)
    for line, payout in pairs:
        if abs(line.amount_fen) != payout.amount_fen or line.account_id != payout.batch.account_id:
            raise RuleError(
                _("The line of %(day)s and payout %(payout)s are not of the same amount and account."),
                field="pairs",
                day=line.booked_on,
                payout=payout.reference,
            )
        if line.amount_fen > 0 and BankLine.objects.filter(payout=payout, amount_fen__gt=0).exists():
            raise Conflict(_("%(payout)s has a line of the bank already."), payout=payout.reference)
        taken = BankLine.objects.filter(pk=line.pk, payout__isnull=True).update(payout=payout)
        if not taken:
            raise Conflict(_("The line of %(day)s belongs to a payout already."), day=line.booked_on)
        days[line.booked_on, line.amount_fen > 0].append((line, payout))
    paid = returned = 0
    for (day, leaves), found in sorted(days.items()):
        if leaves:
            payouts = [payout for _line, payout in found if payout.pk not in paid_already]  # others: by hand
            if payouts:
                payouts_paid(actor=actor, payouts=payouts, paid_on=day)
            paid += len(found)
            continue
        for line, payout in found:  # each with what the bank wrote
            reason = line.text or str(_("Returned by the bank"))
            payouts_returned(actor=actor, payouts=[payout], returned_on=day, reason=reason)
            returned += 1
    return paid, returned


def _paid(payouts: Iterable[Payout]) -> set[int]:
    """The ids of those that are marked paid now."""
    rows = Payout.objects.filter(pk__in=[one.pk for one in payouts], state=Payout.State.PAID)
    return set(rows.values_list("pk", flat=True))
