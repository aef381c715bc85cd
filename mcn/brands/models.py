"""Brands and the deals an agency wins from them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField, RateField, rate_in_range
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Brand(TenantModel):
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    category = models.CharField(_("category"), max_length=60, blank=True)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="brand_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Deal(TenantModel):
    """What a brand and the agency agreed; `starts_on` and `ends_on` are both inclusive. Its SKUs: supply.DealSku."""

    class Kind(models.TextChoices):
        COMMISSION = "commission", _("Commission only")
        SLOT = "slot", _("Slot fee only")
        SLOT_AND_COMMISSION = "slot_and_commission", _("Slot fee and commission")

    class Stage(models.TextChoices):
        LEAD = "lead", _("Lead")
        NEGOTIATING = "negotiating", _("Negotiating")
        WON = "won", _("Won")
        DELIVERED = "delivered", _("Delivered")
        LOST = "lost", _("Lost")

    code = models.CharField(_("code"), max_length=40)
    brand = TenantForeignKey(Brand, on_delete=models.PROTECT, related_name="deals", verbose_name=_("brand"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.WON)
    slot_fee_fen = FenField(_("slot fee"), default=0)
    commission_rate = RateField(_("commission rate"), null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to (inclusive)"))
    gmv_target_fen = FenField(_("GMV target"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="deal_code"),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="deal_dates"),
            models.CheckConstraint(condition=models.Q(slot_fee_fen__gte=0), name="deal_slot_fee"),
            *rate_in_range("commission_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.brand.name}"
