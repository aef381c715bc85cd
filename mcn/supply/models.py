"""Suppliers, SKUs, the platform products they appear as, and the deals they run under."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.brands.models import Brand, Deal
from mcn.core.fields import FenField
from mcn.core.platforms import Platform
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Supplier(TenantModel):
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="supplier_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Sku(TenantModel):
    """One sellable item of the agency's supply chain. Its brand and category decide which split applies."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=200)
    brand = TenantForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="skus", verbose_name=_("brand")
    )
    supplier = TenantForeignKey(
        Supplier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="skus",
        verbose_name=_("supplier"),
    )
    category = models.CharField(_("category"), max_length=60, blank=True)
    list_price_fen = FenField(_("list price"), null=True, blank=True)
    live_price_fen = FenField(_("live price"), null=True, blank=True)
    cost_fen = FenField(_("cost"), null=True, blank=True)
    stock = models.IntegerField(_("stock"), null=True, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="sku_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class PlatformProduct(TenantModel):
    """A product id in a platform's files that means this SKU; one id means one SKU."""

    sku = TenantForeignKey(Sku, on_delete=models.CASCADE, related_name="products", verbose_name=_("SKU"))
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    product_id = models.CharField(_("product id"), max_length=64)

    class Meta(TenantModel.Meta):
        verbose_name = _("platform product")
        verbose_name_plural = _("platform products")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "platform", "product_id"], name="platform_product_one_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.product_id}"


class DealSku(TenantModel):
    """A SKU that runs under a deal."""

    deal = TenantForeignKey(Deal, on_delete=models.CASCADE, related_name="deal_skus", verbose_name=_("deal"))
    sku = TenantForeignKey(Sku, on_delete=models.PROTECT, related_name="deal_skus", verbose_name=_("SKU"))

    class Meta(TenantModel.Meta):
        verbose_name = _("SKU of a deal")
        verbose_name_plural = _("SKUs of deals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "deal", "sku"], name="deal_sku_one"),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id}/{self.sku_id}"
