"""Invoices against what is to be paid: who needs one, what is still missing, what blocks a payment.

The rule (docs/money.md §6.2): a closed month of a sole trader or a company is paid only against invoices whose issuer
is the contract party, which is the account holder, and whose amounts for the month are its net pay.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q, QuerySet, Sum

from mcn.anchors.models import Payee
from mcn.settlements.models import Invoice, InvoiceMonth, Period, Statement

INVOICED = (Payee.Kind.SOLE_TRADER, Payee.Kind.COMPANY)
Code = Literal["no_account", "other_holder", "other_issuer", "missing", "too_much"]


@dataclass(frozen=True)
class Paper:
    """What one valid invoice says of a month: fen of it are for the month."""

    number: str
    issuer: str
    amount: int


@dataclass(frozen=True)
class DueMonth:
    """A month's net pay (fen) and the invoices registered for it."""

    period: str
    net_pay: int
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a payment is blocked.

    `no_account`: no account holder is known. `other_holder`: not the contract party holds the account; the name is
    personal data and not told. `other_issuer`: invoice `number` was issued by `name`. `missing`, `too_much`: by
    `amount` fen the invoices that fit differ from the month's net pay. `period` is "" where it is about no month.
    """

    code: Code
    period: str = ""
    number: str = ""
    name: str = ""
    amount: int = 0


def same_name(one: str, other: str) -> bool:
    """Whether two legal names are one: full-width signs, spaces, capitals and the dot in names do not matter."""
    return _plain(one) == _plain(other) != ""


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).translate(_DOTS).split()).casefold()


_DOTS = str.maketrans(dict.fromkeys("·•‧.・"))  # 阿卜杜·热合曼, as each bank writes it


def check_payment(party: str, holder: str, months: Iterable[DueMonth]) -> list[Reason]:
    """Everything that blocks the payment of these months to a contract party; nothing is left out.

    An invoice of another issuer counts for nothing. Months are told in their order.
    """
    found = []
    if not holder.strip():
        found.append(Reason("no_account"))
    elif not same_name(holder, party):
        found.append(Reason("other_holder"))
    for month in sorted(months, key=lambda month: month.period):
        fitting = 0
        for paper in month.papers:
            if same_name(paper.issuer, party):
                fitting += paper.amount
            else:
                found.append(Reason("other_issuer", month.period, number=paper.number, name=paper.issuer))
        if fitting != month.net_pay:
            code: Code = "missing" if fitting < month.net_pay else "too_much"
            found.append(Reason(code, month.period, amount=abs(month.net_pay - fitting)))
    return found


def payment_blocks(payees: Iterable[Payee], periods: Collection[str] | None = None) -> dict[int, list[Reason]]:
    """What blocks paying the net pay of closed months, by payee id; payees that nothing blocks are not in it.

    `periods` are the months (YYYY-MM) that are to be paid; None: every closed month with net pay. Months in which the
    payee was paid as labour or as an employee need no invoice.
    """
    payees = list(payees)
    due = due_months([payee.pk for payee in payees], periods)
    blocks = {
        payee.pk: check_payment(payee.legal_name, account_holder(payee), due[payee.pk])
        for payee in payees
        if payee.pk in due
    }
    return {payee_id: reasons for payee_id, reasons in blocks.items() if reasons}


def account_holder(payee: Payee) -> str:
    """The holder of the payee's bank account, "" where none is known."""
    bank: Any = payee.bank
    return str((bank or {}).get("name") or "")


def due_months(payee_ids: Collection[int], periods: Collection[str] | None = None) -> dict[int, list[DueMonth]]:
    """Closed months with net pay that need invoices, with those registered for them, by payee id."""
    statements = statements_to_invoice().filter(payee__in=payee_ids)
    if periods is not None:
        statements = statements.filter(period__code__in=periods)
    papers: dict[tuple[int, str], list[Paper]] = defaultdict(list)
    for row in valid_months().filter(invoice__payee__in=payee_ids).select_related("invoice").order_by("pk"):
        paper = Paper(row.invoice.number, row.invoice.issuer_name, row.amount_fen)
        papers[row.invoice.payee_id, row.period].append(paper)
    found: dict[int, list[DueMonth]] = defaultdict(list)
    for payee_id, code, net_pay in statements.values_list("payee_id", "period__code", "net_pay_fen"):
        found[payee_id].append(DueMonth(code, net_pay, tuple(papers[payee_id, code])))
    return dict(found)


def statements_to_invoice() -> QuerySet:
    """Statements of closed months whose net pay is paid against invoices, the oldest month first."""
    rows = Statement.objects.filter(period__state=Period.State.CLOSED, kind__in=INVOICED, net_pay_fen__gt=0)
    return rows.order_by("period__code", "code")


def valid_months() -> QuerySet:
    """The months of invoices that are not cancelled."""
    return InvoiceMonth.objects.filter(invoice__cancelled_at__isnull=True)


def still_needed(payee: Payee) -> dict[str, int]:
    """Net pay of the payee's closed months less what valid invoices of the contract party are for (fen, oldest first).

    Of every kind of payee: labour pay needs no invoice, but may have one. Months that are covered have 0 or less.
    """
    covered: dict[str, int] = defaultdict(int)
    for row in valid_months().filter(invoice__payee=payee).select_related("invoice"):
        if same_name(row.invoice.issuer_name, payee.legal_name):
            covered[row.period] += row.amount_fen
    statements = Statement.objects.filter(payee=payee, period__state=Period.State.CLOSED, net_pay_fen__gt=0)
    rows = statements.order_by("period__code").values_list("period__code", "net_pay_fen")
    return {code: net_pay - covered[code] for code, net_pay in rows}


def allocate(gross: int, needed: Sequence[tuple[str, int]]) -> dict[str, int]:
    """How an invoice's gross amount (fen) falls to the months it is for, given oldest first with what each still needs.

    Each gets what it needs, as long as the amount lasts; what is left over stands with the last one. Months that get
    nothing are left out.
    """
    parts: dict[str, int] = {}
    rest = gross
    for place, (code, need) in enumerate(needed):
        last = place == len(needed) - 1
        parts[code] = rest if last else min(rest, max(0, need))
        rest -= parts[code]
    return {code: amount for code, amount in parts.items() if amount}


def invoices() -> QuerySet:
    """All invoices with their payees and months."""
    return Invoice.objects.select_related("payee", "created_by", "cancelled_by").prefetch_related("months")


def totals(rows: QuerySet) -> dict[str, int]:
    """Gross, net and VAT of invoices that are not cancelled, fen."""
    valid = rows.filter(Q(cancelled_at__isnull=True)).aggregate(
        gross=Sum("gross_fen"), net=Sum("net_fen"), vat=Sum("vat_fen")
    )
    return {name: amount or 0 for name, amount in valid.items()}
