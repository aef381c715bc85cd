"""Income and costs that are not platform orders."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.brands.models import Deal
from mcn.core.fields import FenField
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Entry(TenantModel):
    """A dated entry of one anchor (docs/money.md §4, other income).

    `commission_cost` is negative; the others are positive. A penalty's amount is deducted; bonus and penalty
    are the payee's whole, the others are split by the contract. `settle_period` as for events.
    """

    class Income(models.TextChoices):
        SLOT_FEE = "slot_fee", _("Slot fee")
        TIPS = "tips", _("Tips")
        ADS = "ads", _("Ads")
        BONUS = "bonus", _("Bonus")
        PENALTY = "penalty", _("Penalty")
        COMMISSION_COST = "commission_cost", _("Shared cost")

    code = models.CharField(_("code"), max_length=40)
    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="entries", verbose_name=_("anchor"))
    income = models.CharField(_("income"), max_length=16, choices=Income)
    date = models.DateField(_("date"))
    amount_fen = FenField(_("amount"))
    deal = TenantForeignKey(
        Deal, on_delete=models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("deal")
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
                | (~models.Q(income="commission_cost") & models.Q(amount_fen__gt=0)),
                name="entry_sign",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "settle_period"], name="entry_period"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.get_income_display()}"
