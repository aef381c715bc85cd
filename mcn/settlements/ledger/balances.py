"""What the books say: the trial balance, accounts by payee, and postings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import F, Sum

from mcn.anchors.models import Payee
from mcn.settlements.models import Account, LedgerEntry, Posting


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Debits and credits in fen; `size` is how far they are apart, a positive `balance` is a debit."""

    debit: int
    credit: int

    @property
    def balance(self) -> int:
        return self.debit - self.credit

    @property
    def size(self) -> int:
        return abs(self.balance)


@dataclass(frozen=True)
class Balance(Sums):
    """The sums of an account."""

    account: Account


@dataclass(frozen=True)
class PayeeBalance(Sums):
    """An account's sums for one payee."""

    payee: Payee


def trial_balance(until: date | None = None) -> list[Balance]:
    """Every account with entries, in the order of the accounts; with `until` of the postings up to that day."""
    entries = LedgerEntry.objects.all() if until is None else LedgerEntry.objects.filter(posting__dated_on__lte=until)
    sums = {
        row["account"]: (row["debit"], row["credit"])
        for row in entries.order_by().values("account").annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    }
    return [Balance(account, debit=sums[account][0], credit=sums[account][1]) for account in Account if account in sums]


def by_payee(account: Account) -> list[PayeeBalance]:
    """What an account holds of each payee, by code; without those that come to nothing."""
    rows = _sums_by_payee(account).exclude(debit=F("credit"))
    payees = Payee.objects.in_bulk([row["payee_id"] for row in rows])
    found = [PayeeBalance(payees[row["payee_id"]], debit=row["debit"], credit=row["credit"]) for row in rows]
    return sorted(found, key=lambda one: one.payee.code)


def balances(until: date) -> dict[tuple[str, int | None], int]:
    """Debits less credits in fen of the postings up to that day, by account and payee (None: not kept by payee)."""
    rows = LedgerEntry.objects.filter(posting__dated_on__lte=until).order_by().values("account", "payee_id")
    sums = rows.annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))
    return {(row["account"], row["payee_id"]): row["debit"] - row["credit"] for row in sums}


def balances_by_payee(account: Account) -> dict[int, int]:
    """Debits less credits of an account by payee id, in fen."""
    return {row["payee_id"]: row["debit"] - row["credit"] for row in _sums_by_payee(account)}


def _sums_by_payee(account: Account) -> models.QuerySet:
    entries = LedgerEntry.objects.filter(account=account, payee__isnull=False).order_by()
    return entries.values("payee_id").annotate(debit=Sum("debit_fen"), credit=Sum("credit_fen"))


def postings() -> models.QuerySet:
    """All postings, the latest first, each with its sum of debits (`amount_fen`)."""
    return Posting.objects.select_related(
        "period", "advance__payee", "deposit_move__deposit__payee", "plan__payee", "reverses", "actor"
    ).annotate(amount_fen=Sum("entries__debit_fen"))


def posting(pk: int) -> Posting | None:
    """The posting with this id."""
    return postings().filter(pk=pk).first()


def entries_of(found: Posting) -> Iterable[LedgerEntry]:
    """A posting's entries in the order of the accounts, then of the payees."""
    order = {account.value: place for place, account in enumerate(Account)}
    rows = LedgerEntry.objects.filter(posting=found).select_related("payee")
    return sorted(rows, key=lambda e: (order[e.account], e.payee.code if e.payee else ""))
