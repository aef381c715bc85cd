"""Register and cancel invoices of payees (docs/money.md §6.2)."""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.models import User
from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, Listed, RuleError
from mcn.core.file_types import ending_of, is_what_it_says, last_part
from mcn.settlements.engine.tax.vat import split_gross
from mcn.settlements.invoicing import INVOICED, allocate, still_needed
from mcn.settlements.models import Invoice, InvoiceMonth
from mcn.settlements.services import moves
from mcn.tenancy import files

FOLDER = "invoices"
LARGEST_FILE = 10 << 20
ENDINGS: Final = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".ofd"})  # what a scanned invoice may be


@transaction.atomic
def invoice_register(
    *,
    actor: User | None,
    payee: Payee,
    number: str,
    issued_on: date,
    issuer_name: str,
    issuer_tax_number: str,
    kind: str,
    gross_fen: int,
    vat_rate: Decimal,
    periods: Sequence[str],
    scan: tuple[str, BinaryIO] | None = None,
) -> Invoice:
    """Keep an invoice that a payee wrote for closed months (YYYY-MM); VAT follows from gross (fen) and rate.

    The gross amount fills the months in their order, each up to what it still needs; what is left over stands with
    the last. `scan` is the paper's file name and content. Who wrote it is kept as it stands on the paper: an issuer
    who is not the contract party blocks payment, not registering. Raises NotAllowed, RuleError for what cannot be
    an invoice, Conflict for one that is registered already.
    """
    moves.check_allowed(actor, "invoices.change")
    Payee.objects.select_for_update().get(pk=payee.pk)  # what months still need stands until this one is kept
    number, issuer_name, issuer_tax_number = (text.strip() for text in (number, issuer_name, issuer_tax_number))
    guards.one_of(Invoice.Kind, kind, field="kind")
    guards.rate(vat_rate, field="vat_rate")
    _check_texts(payee, number, issuer_name, issuer_tax_number)
    if gross_fen <= 0:
        raise RuleError(_("An invoice has an amount above zero."), field="gross_fen")
    parts = _parts(payee, gross_fen, periods)
    same = Invoice.objects.filter(number=number, issuer_tax_number=issuer_tax_number, cancelled_at__isnull=True).first()
    if same is not None:
        raise Conflict(
            _("Invoice %(number)s is registered already, for %(payee)s."),
            field="number",
            number=number,
            payee=same.payee,
        )
    name, stored = _named(scan) if scan else ("", "")
    net_fen, vat_fen = split_gross(gross_fen, vat_rate)
    invoice = Invoice.objects.create(
        payee=payee,
        number=number,
        issued_on=issued_on,
        issuer_name=issuer_name,
        issuer_tax_number=issuer_tax_number,
        kind=kind,
        gross_fen=gross_fen,
        vat_rate=vat_rate,
        net_fen=net_fen,
        vat_fen=vat_fen,
        file=stored,
        file_name=name,
        created_by=actor,
    )
    InvoiceMonth.objects.bulk_create(
        InvoiceMonth(invoice=invoice, period=code, amount_fen=amount) for code, amount in parts.items()
    )
    audit.record(actor=actor, action="create", target=invoice, after=audit.snapshot(invoice) | {"months": list(parts)})
    if scan:
        files.store(stored, scan[1])  # last: what is refused before leaves no file behind
    return invoice


@transaction.atomic
def invoice_cancel(*, actor: User | None, invoice_id: int, reason: str) -> Invoice:
    """Take an invoice out of account: it stays and counts for nothing any more.

    Raises NotAllowed, RuleError without a reason, Conflict where it is cancelled already, Invoice.DoesNotExist.
    """
    moves.check_allowed(actor, "invoices.change")
    reason = reason.strip()
    if not reason:
        raise RuleError(_("Say why the invoice is cancelled."), field="reason")
    invoice = Invoice.objects.get(pk=invoice_id)
    changed = Invoice.objects.filter(pk=invoice_id, cancelled_at__isnull=True).update(
        cancelled_at=timezone.now(), cancelled_by=actor, cancel_reason=reason[:500]
    )
    if not changed:
        raise Conflict(_("Invoice %(number)s is cancelled already."), number=invoice.number)
    audit.record(actor=actor, action="cancel", target=invoice, after={"reason": reason[:500]})
    invoice.refresh_from_db()
    return invoice


def _check_texts(payee: Payee, number: str, issuer_name: str, issuer_tax_number: str) -> None:
    if not number.isalnum() or not number.isascii():
        raise RuleError(_("An invoice number has letters and digits only."), field="number")
    if not issuer_name:
        raise RuleError(_("Say who issued the invoice."), field="issuer_name")
    if issuer_tax_number and not (issuer_tax_number.isalnum() and issuer_tax_number.isascii()):
        raise RuleError(_("A tax number has letters and digits only."), field="issuer_tax_number")
    if not issuer_tax_number and payee.kind in INVOICED:
        raise RuleError(_("The invoice of a sole trader or company shows its tax number."), field="issuer_tax_number")


def _parts(payee: Payee, gross_fen: int, periods: Sequence[str]) -> dict[str, int]:
    """What of the gross amount is for which month. Raises RuleError for months that are not there to be paid."""
    needed = still_needed(payee)
    if not periods:
        raise RuleError(_("Say which months the invoice is for."), field="periods")
    unknown = sorted(set(periods) - needed.keys())
    if unknown:
        raise RuleError(
            _("%(payee)s has no closed month with net pay: %(months)s."),
            field="periods",
            payee=payee,
            months=Listed(unknown),
        )
    return allocate(gross_fen, [(code, need) for code, need in needed.items() if code in periods])


def _named(scan: tuple[str, BinaryIO]) -> tuple[str, str]:
    """The name that the file has, and the one to store it under. Raises RuleError for what is no scanned invoice."""
    name, source = scan
    ending = ending_of(name)
    size = source.seek(0, 2)
    source.seek(0)
    if not is_what_it_says(source, ending, ENDINGS):
        raise RuleError(_("“%(name)s” is no PDF, OFD, PNG or JPEG file."), field="scan", name=name)
    if size > LARGEST_FILE:
        raise RuleError(
            _("“%(name)s” is larger than %(megabytes)s MB."), field="scan", name=name, megabytes=LARGEST_FILE >> 20
        )
    return last_part(name, 120), f"{FOLDER}/{uuid.uuid4().hex}{ending}"
