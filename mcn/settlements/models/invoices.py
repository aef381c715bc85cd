"""Invoices that payees write: what a payment to a sole trader or a company needs (docs/money.md §6.2)."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.accounts.models import User
from mcn.anchors.models import Payee
from mcn.anchors.models.records import PERIOD
from mcn.core.fields import FenField, RateField, rate_in_range
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Invoice(TenantModel):
    """An invoice of a payee as it was registered: never changed or removed, only cancelled with a reason.

    `issuer_name` is the seller on the paper. `net_fen` and `vat_fen` follow from gross and rate
    (`engine.tax.vat.split_gross`). `file` is the name of the scanned paper within the agency, `file_name` what it was
    called.
    """

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", pgettext_lazy("invoice", "Ordinary")
        SPECIAL = "special", pgettext_lazy("invoice", "Special (VAT deductible)")

    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("payee"))
    number = models.CharField(_("invoice number"), max_length=40)
    issued_on = models.DateField(_("issued on"))
    issuer_name = models.CharField(_("issuer"), max_length=120)
    issuer_tax_number = models.CharField(_("issuer's tax number"), max_length=20, blank=True)
    kind = models.CharField(_("kind of invoice"), max_length=10, choices=Kind)
    gross_fen = FenField(_("amount with tax"))
    vat_rate = RateField(_("VAT rate"))
    net_fen = FenField(_("amount without tax"))
    vat_fen = FenField(_("VAT"))
    file = models.CharField(_("scanned invoice"), max_length=120, blank=True, default="")
    file_name = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancel_reason = models.CharField(_("reason"), max_length=500, blank=True, default="")

    class Meta(TenantModel.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ("-pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "number", "issuer_tax_number"],
                condition=models.Q(cancelled_at__isnull=True),
                name="invoice_number",
            ),
            models.CheckConstraint(
                condition=models.Q(gross_fen__gt=0, net_fen=models.F("gross_fen") - models.F("vat_fen")),
                name="invoice_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True) | ~models.Q(cancel_reason=""),
                name="invoice_cancelled_for_a_reason",
            ),
            *rate_in_range("vat_rate"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_registered", exclude=["cancelled_at", "cancelled_by", "cancel_reason"]),
            pgtrigger.Protect(
                name="cancelled_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__cancelled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceMonth(TenantModel):
    """Which part of an invoice is for which month of its payee, in fen. The parts add up to the gross amount."""

    append_only = True

    invoice = TenantForeignKey(Invoice, on_delete=models.PROTECT, related_name="months", verbose_name=_("invoice"))
    period = models.CharField(_("month"), max_length=7, validators=[PERIOD])
    amount_fen = FenField(_("amount"))

    class Meta(TenantModel.Meta):
        verbose_name = _("month of an invoice")
        verbose_name_plural = _("months of invoices")
        ordering = ("period",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "invoice", "period"], name="invoice_month_one"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="invoice_month_amount"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "period"], name="invoice_month_period"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.amount_fen}"
