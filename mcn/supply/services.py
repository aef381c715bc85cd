"""Writes to suppliers, SKUs, the platform products they appear as, and the SKUs of deals."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, UNCHANGED, keep_parts, save_by
from mcn.accounts.models import User
from mcn.brands.models import Brand, Deal
from mcn.core.errors import RuleError
from mcn.supply.models import DealSku, PlatformProduct, Sku, Supplier


@transaction.atomic
def supplier_save(
    *, actor: User | None, code: str, name: str, contact: str = KEEP, note: str = KEEP
) -> tuple[Supplier, str]:
    """Create or change the supplier with this code; returns it and the outcome."""
    return save_by(Supplier, {"code": code}, actor=actor, name=name, contact=contact, note=note)


@transaction.atomic
def sku_save(
    *,
    actor: User | None,
    code: str,
    name: str,
    brand: Brand | None = KEEP,
    supplier: Supplier | None = KEEP,
    category: str = KEEP,
    list_price_fen: int | None = KEEP,
    live_price_fen: int | None = KEEP,
    cost_fen: int | None = KEEP,
    stock: int | None = KEEP,
) -> tuple[Sku, str]:
    """Create or change the SKU with this code, prices in fen; returns it and the outcome.

    Raises RuleError for a negative price, cost or stock.
    """
    guards.not_negative(list_price=list_price_fen, live_price=live_price_fen, cost=cost_fen, stock=stock)
    return save_by(
        Sku,
        {"code": code},
        actor=actor,
        name=name,
        brand=brand,
        supplier=supplier,
        category=category,
        list_price_fen=list_price_fen,
        live_price_fen=live_price_fen,
        cost_fen=cost_fen,
        stock=stock,
    )


def _products(sku: Sku) -> dict[tuple[str, str], PlatformProduct]:
    return {(product.platform, product.product_id): product for product in sku.products.all()}


@transaction.atomic
def sku_products_save(*, actor: User | None, sku: Sku, products: dict[str, list[str]]) -> str:
    """Let exactly these product ids, by platform, mean this SKU; returns the outcome.

    Raises RuleError for an unknown platform and for an id that means another SKU: whose rule applies to a
    line must not be a guess.
    """
    wanted: dict[tuple[str, str], str] = {}
    for platform, ids in products.items():
        guards.platform(platform, field=platform)
        for index, product_id in enumerate(ids):
            wanted[platform, product_id] = f"{platform}[{index}]"
    present = _products(sku)
    if present.keys() == wanted.keys():
        return UNCHANGED
    for (platform, product_id), place in wanted.items():
        other = PlatformProduct.objects.filter(platform=platform, product_id=product_id).exclude(sku=sku).first()
        if other is not None:
            raise RuleError(
                _("The product id %(product)s already means SKU %(sku)s."),
                field=place,
                product=product_id,
                sku=other.sku.code,
            )
    for key in present.keys() - wanted.keys():
        present[key].delete()
    PlatformProduct.objects.bulk_create(
        PlatformProduct(sku=sku, platform=platform, product_id=product_id)
        for platform, product_id in wanted
        if (platform, product_id) not in present
    )
    return keep_parts(
        sku,
        UNCHANGED,
        actor=actor,
        name="products",
        before=sorted(map(" ".join, present)),
        after=sorted(map(" ".join, wanted)),
    )


@transaction.atomic
def deal_skus_save(*, actor: User | None, deal: Deal, skus: Iterable[Sku]) -> str:
    """Let exactly these SKUs run under the deal; returns the outcome."""
    wanted = {sku.pk: sku for sku in skus}
    present = {row.sku_id: row for row in DealSku.objects.filter(deal=deal).select_related("sku")}
    if present.keys() == wanted.keys():
        return UNCHANGED
    for key in present.keys() - wanted.keys():
        present[key].delete()
    DealSku.objects.bulk_create(DealSku(deal=deal, sku=wanted[key]) for key in wanted.keys() - present.keys())
    return keep_parts(
        deal,
        UNCHANGED,
        actor=actor,
        name="skus",
        before=sorted(row.sku.code for row in present.values()),
        after=sorted(sku.code for sku in wanted.values()),
    )
