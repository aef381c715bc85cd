"""The terms of a contract version that divide income. Immutable, as the version is."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import ContractVersion, Payee
from mcn.brands.models import Brand, Deal
from mcn.core.fields import RateField, rate_in_range
from mcn.core.platforms import Platform
from mcn.supply.models import Sku
from mcn.tenancy.models import TenantForeignKey, TenantModel

IMMUTABLE = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]


class SplitRule(TenantModel):
    """The anchor's rate on one income line, for one scope or for all (docs/money.md §4).

    Exactly one of `rate` and tiers (`tier_metric`, `tier_mode`, steps) is given.
    """

    class Income(models.TextChoices):
        COMMISSION = "commission", _("Commission")
        SLOT_FEE = "slot_fee", _("Slot fee")
        TIPS = "tips", _("Tips")
        ADS = "ads", _("Ads")

    class Scope(models.TextChoices):
        SKU = "sku", _("SKU")
        DEAL = "deal", _("Deal")
        BRAND = "brand", _("Brand")
        CATEGORY = "category", _("Category")
        PLATFORM = "platform", _("Platform")
        NONE = "none", _("Everything else")

    class Metric(models.TextChoices):
        NET_GMV = "net_gmv", _("Net GMV")
        NET_COMMISSION = "net_commission", _("Net commission")
        ORDERS = "orders", _("Orders")

    class Mode(models.TextChoices):
        SLAB = "slab", _("The step reached counts for everything")
        MARGINAL = "marginal", _("Each step counts for its part")

    version = TenantForeignKey(
        ContractVersion, on_delete=models.PROTECT, related_name="splits", verbose_name=_("contract version")
    )
    income = models.CharField(_("income"), max_length=12, choices=Income)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope, default=Scope.NONE)
    sku = TenantForeignKey(Sku, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deal = TenantForeignKey(Deal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    brand = TenantForeignKey(Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(_("category"), max_length=60, blank=True)
    platform = models.CharField(_("platform"), max_length=16, choices=Platform, blank=True)
    rate = RateField(_("rate"), null=True, blank=True)
    tier_metric = models.CharField(_("tiers by"), max_length=16, choices=Metric, blank=True)
    tier_mode = models.CharField(_("how tiers count"), max_length=10, choices=Mode, blank=True)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta(TenantModel.Meta):
        verbose_name = _("split rule")
        verbose_name_plural = _("split rules")
        ordering = ("position",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=[
                    "agency",
                    "version",
                    "income",
                    "scope",
                    "sku",
                    "deal",
                    "brand",
                    "category",
                    "platform",
                ],
                name="split_rule_one_scope",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(rate__isnull=False, tier_metric="", tier_mode="")
                | (models.Q(rate__isnull=True) & ~models.Q(tier_metric="") & ~models.Q(tier_mode="")),
                name="split_rule_rate_or_tiers",
            ),
            models.CheckConstraint(
                condition=models.Q(scope="sku", sku__isnull=False)
                | models.Q(scope="deal", deal__isnull=False)
                | models.Q(scope="brand", brand__isnull=False)
                | (models.Q(scope="category") & ~models.Q(category=""))
                | (models.Q(scope="platform") & ~models.Q(platform=""))
                | models.Q(scope="none"),
                name="split_rule_scope_filled",
            ),
            *rate_in_range("rate"),
        ]
        triggers: ClassVar[list[Any]] = IMMUTABLE

    def __str__(self) -> str:
        return f"{self.version} {self.income} {self.scope_text}"

    @property
    def scope_text(self) -> str:
        """The scope as `sku:S001`, `category:food`, …; empty for the rule without a scope."""
        value = {
            "sku": self.sku and self.sku.code,
            "deal": self.deal and self.deal.code,
            "brand": self.brand and self.brand.code,
            "category": self.category,
            "platform": self.platform,
        }.get(self.scope)
        return f"{self.scope}:{value}" if value else ""


class TierStep(TenantModel):
    """One step of a tiered rule. `up_to` is inclusive: fen for money metrics, a count for orders; the last has none."""

    rule = TenantForeignKey(SplitRule, on_delete=models.PROTECT, related_name="steps", verbose_name=_("split rule"))
    position = models.PositiveSmallIntegerField(_("position"))
    up_to = models.BigIntegerField(_("up to (inclusive)"), null=True, blank=True)
    rate = RateField(_("rate"))

    class Meta(TenantModel.Meta):
        verbose_name = _("tier step")
        verbose_name_plural = _("tier steps")
        ordering = ("position",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "rule", "position"], name="tier_step_position"),
            *rate_in_range("rate"),
        ]
        triggers: ClassVar[list[Any]] = IMMUTABLE

    def __str__(self) -> str:
        return f"{self.up_to or '∞'} → {self.rate}"


class Override(TenantModel):
    """A further payee's rate on what a contract version's orders bring (talent agent, recruiter).

    For orders paid from `starts_on` up to but not including `ends_on` (docs/money.md §4, overrides).
    """

    class Basis(models.TextChoices):
        AGENCY_SHARE = "agency_share", _("Agency's share")
        ANCHOR_SHARE = "anchor_share", _("Anchor's share")
        POOL = "pool", _("Pool")

    class BorneBy(models.TextChoices):
        AGENCY = "agency", _("Agency")
        ANCHOR = "anchor", _("Anchor")

    version = TenantForeignKey(
        ContractVersion,
        on_delete=models.PROTECT,
        related_name="overrides",
        verbose_name=_("contract version"),
    )
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="overrides", verbose_name=_("payee"))
    income = models.CharField(_("income"), max_length=12, choices=SplitRule.Income, default=SplitRule.Income.COMMISSION)
    basis = models.CharField(_("on"), max_length=12, choices=Basis)
    rate = RateField(_("rate"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)
    borne_by = models.CharField(_("borne by"), max_length=8, choices=BorneBy, default=BorneBy.AGENCY)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta(TenantModel.Meta):
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        ordering = ("position",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=models.F("starts_on")),
                name="override_dates",
            ),
            *rate_in_range("rate"),
        ]
        triggers: ClassVar[list[Any]] = IMMUTABLE

    def __str__(self) -> str:
        return f"{self.version} {self.payee.code} {self.rate}"
