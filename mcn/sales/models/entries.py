"""Income and costs that are not platform orders."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.brands.models import Deal
from mcn.core.fields import FenField
from mcn.sales.models.imports import SalesImport
from mcn.tenancy.models import TenantForeignKey, TenantModel


class EntrySource(TenantModel):
    """What the newest row of a file says of one piece of other income; its entries add up to `amount_fen`."""

    key = models.CharField(_("number"), max_length=120)
    amount_fen = FenField(_("amount"))
    changed_at = models.DateTimeField(_("changed by the platform"), null=True)
    exported_at = models.DateTimeField(_("exported"))
    sales_import = TenantForeignKey(
        SalesImport, on_delete=models.PROTECT, related_name="entry_sources", verbose_name=_("import")
    )
    row_number = models.IntegerField(_("row"))

    class Meta(TenantModel.Meta):
        verbose_name = _("row of other income")
        verbose_name_plural = _("rows of other income")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "key"], name="entry_source_key"),
        ]

    def __str__(self) -> str:
        return f"{self.sales_import.file_name} · {self.row_number}"


class Entry(TenantModel):
    """A dated entry of one anchor (docs/money.md §4, other income).

    `commission_cost` is negative; the others are positive. A penalty's amount is deducted; bonus, correction and
    penalty are the payee's whole, the others are split by the contract. A `correction` has either sign and comes from
    an approved correction only: the database refuses others. `settle_period` as for events. One from a file
    (`source`) is followed by further ones with the difference when a later file changes it: those have either sign.
    """

    class Income(models.TextChoices):
        SLOT_FEE = "slot_fee", _("Slot fee")
        TIPS = "tips", _("Tips")
        ADS = "ads", _("Ads")
        BONUS = "bonus", _("Bonus")
        CORRECTION = "correction", _("Correction")
        PENALTY = "penalty", _("Penalty")
        COMMISSION_COST = "commission_cost", _("Shared cost")

    code = models.CharField(_("code"), max_length=80)
    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="entries", verbose_name=_("anchor"))
    income = models.CharField(_("income"), max_length=16, choices=Income)
    date = models.DateField(_("date"))
    amount_fen = FenField(_("amount"))
    deal = TenantForeignKey(
        Deal, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("deal")
    )
    source = TenantForeignKey(
        EntrySource, on_delete=models.PROTECT, null=True, related_name="entries", verbose_name=_("from the file")
    )
    note = models.TextField(_("note"), blank=True)
    settle_period = models.CharField(_("settled in"), max_length=7)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("entry")
        verbose_name_plural = _("other income and costs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="entry_code"),
            models.CheckConstraint(
                condition=models.Q(income="commission_cost", amount_fen__lt=0)
                | (~models.Q(income="commission_cost") & models.Q(amount_fen__gt=0))
                | (models.Q(income="correction", source__isnull=True) & ~models.Q(amount_fen=0))
                | (models.Q(source__isnull=False) & ~models.Q(amount_fen=0)),
                name="entry_sign",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "settle_period"], name="entry_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.get_income_display()}"
