"""Vouchers of a month, made from the postings dated in it (docs/money.md §9.1). Nothing is stored: postings stay."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mcn.core.periods import Period as Month
from mcn.settlements.models import Account, LedgerEntry, Posting
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers.subjects import Head, Subject, head, subjects

LANGUAGE = "zh-hans"  # summaries are for the accounting programme, whoever exports them in whatever language


class VoucherDoesNotBalance(RuntimeError):
    """Debits and credits of a voucher differ, or are not those of its posting: nothing of the month is written."""


@dataclass(frozen=True, order=True)
class Payee:
    """Whom a line is kept by, as the accounting programme knows them; sorted by code."""

    code: str
    name: str


@dataclass(frozen=True)
class Line:
    """One line of a voucher, from 1: a debit or a credit of a subject, in fen; `payee` where it is kept by payee."""

    number: int
    account: Account
    subject: Subject
    payee: Payee | None
    debit: int
    credit: int


@dataclass(frozen=True)
class Voucher:
    """One posting as a voucher, numbered within its month from 1. `amount` is the sum of either side, in fen."""

    number: int
    posting_id: int
    posting_number: int
    dated_on: date
    summary: str
    head: Head
    lines: tuple[Line, ...]
    amount: int

    @property
    def name(self) -> str:
        """Word and number as people say them: 记-3."""
        return f"{self.head.word}-{self.number}"


NOBODY = Payee("", "")

# An entry of the ledger as it is needed here: account, payee, debit and credit in fen.
Entry = tuple[str, Payee | None, int, int]


def months() -> list[str]:
    """Months (YYYY-MM) in which something is posted, the newest first."""
    days = Posting.objects.order_by().values_list("dated_on__year", "dated_on__month").distinct()
    return sorted((f"{year:04d}-{month:02d}" for year, month in days), reverse=True)


def vouchers_of(month: Month) -> list[Voucher]:
    """The vouchers of a month in the order of its postings.

    That order, and not the days, numbers them: a posting that comes later, even one dated back, gets the next number,
    and what was exported keeps its own. Subjects, word, preparer and payees' names are those that stand now. Raises
    VoucherDoesNotBalance.
    """
    known_subjects, known_head = subjects(), head()
    entries: dict[int, list[Entry]] = defaultdict(list)
    rows = LedgerEntry.objects.filter(posting__in=_postings(month)).order_by()
    for posting, account, code, name, debit, credit in rows.values_list(
        "posting_id", "account", "payee__code", "payee__name", "debit_fen", "credit_fen"
    ):
        payee = None if code is None else Payee(code, one_line(name))
        entries[posting].append((account, payee, debit, credit))
    with translation.override(LANGUAGE):
        return [
            voucher(
                number=number,
                posting=posting,
                summary=one_line(summary_of(posting)),
                lines=lines_of(entries[posting.pk], known_subjects),
                head=known_head,
                amount=sum(debit for _account, _payee, debit, _credit in entries[posting.pk]),
            )
            for number, posting in enumerate(_postings(month).order_by("number"), 1)
        ]


def _postings(month: Month) -> QuerySet:
    # Without the times: while a table is exported the database words them in the agency's zone.
    return (
        Posting.objects.filter(dated_on__gte=month.start, dated_on__lt=month.end)
        .select_related("period", "advance__payee", "deposit_move__deposit__payee", "plan__payee", "reverses")
        .only(
            "number",
            "kind",
            "dated_on",
            "period__code",
            "advance__code",
            "advance__payee__name",
            "reverses__kind",
            "deposit_move__kind",
            "deposit_move__deposit__code",
            "deposit_move__deposit__payee__name",
            "plan__code",
            "plan__payee__name",
        )
    )


def voucher(
    *, number: int, posting: Posting, summary: str, lines: tuple[Line, ...], head: Head, amount: int
) -> Voucher:
    """A voucher whose both sides are `amount`, the sum (fen) of its posting. Raises VoucherDoesNotBalance."""
    debit, credit = sum(line.debit for line in lines), sum(line.credit for line in lines)
    if not debit == credit == amount:
        raise VoucherDoesNotBalance(posting.number, debit, credit, amount)
    return Voucher(number, posting.pk, posting.number, posting.dated_on, summary, head, lines, amount)


def lines_of(entries: Iterable[Entry], known: dict[Account, Subject]) -> tuple[Line, ...]:
    """One line per account, payee and side, debits first, then by account and payee's code.

    An account that is not kept by payee has one sum for each side, so turnovers stay those of the ledger.
    """
    sums: dict[tuple[bool, Account, Payee | None], int] = defaultdict(int)
    for name, payee, debit, credit in entries:
        account = Account(name)
        kept_by = payee if known[account].auxiliary != Auxiliary.NONE else None
        sums[credit > 0, account, kept_by] += debit or credit
    place = {account: number for number, account in enumerate(Account)}
    ordered = sorted(sums, key=lambda key: (key[0], place[key[1]], key[2] or NOBODY))
    return tuple(
        Line(
            number,
            account,
            known[account],
            payee,
            0 if is_credit else sums[is_credit, account, payee],
            sums[is_credit, account, payee] if is_credit else 0,
        )
        for number, (is_credit, account, payee) in enumerate(ordered, 1)
    )


def summary_of(posting: Posting) -> str:
    """What a voucher is about (摘要), in the language that is active. It never begins with what a payee is called."""
    if posting.reverses is not None:
        return _("Reversal: %(what)s") % {"what": _about(posting, posting.reverses.kind)}
    return _about(posting, posting.kind)


def _about(posting: Posting, kind: str) -> str:
    """A reversal has month and advance of what it reverses; kinds that are not worded here go by their own name."""
    if kind == Posting.Kind.MONTH and posting.period is not None:
        return pgettext("summary of a voucher", "%(month)s settlement with anchors") % {"month": posting.period.code}
    if kind == Posting.Kind.ADVANCE and posting.advance is not None:
        return pgettext("summary of a voucher", "Advance to %(payee)s, %(code)s") % {
            "payee": posting.advance.payee.name,
            "code": posting.advance.code,
        }
    if kind == Posting.Kind.DEPOSIT and posting.deposit_move is not None:
        return pgettext("summary of a voucher", "Deposit of %(payee)s, %(code)s: %(kind)s") % {
            "payee": posting.deposit_move.deposit.payee.name,
            "code": posting.deposit_move.deposit.code,
            "kind": posting.deposit_move.get_kind_display(),
        }
    if kind == Posting.Kind.INSTALMENTS and posting.plan is not None:
        return pgettext("summary of a voucher", "Debt of %(payee)s, %(code)s, in instalments") % {
            "payee": posting.plan.payee.name,
            "code": posting.plan.code,
        }
    if kind == Posting.Kind.PLAN_CANCELLED and posting.plan is not None:
        return pgettext("summary of a voucher", "Instalments of %(payee)s, %(code)s, cancelled") % {
            "payee": posting.plan.payee.name,
            "code": posting.plan.code,
        }
    return f"{posting.dated_on:%Y-%m-%d} {Posting.Kind(kind).label}"


def one_line(text: str) -> str:
    """The text with every run of spaces, tabs and line breaks as one space: import files are read line by line."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
