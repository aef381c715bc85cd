"""Brands, SKUs and deals of the file."""

from mcn.accounts.keeping import UNCHANGED
from mcn.brands.services import brand_save, deal_save
from mcn.settlements.agency_file.applying import Applying
from mcn.settlements.agency_file.parts import Part
from mcn.settlements.agency_file.report import together
from mcn.supply.models import Sku
from mcn.supply.services import deal_skus_save, sku_products_save, sku_save


def brands(load: Applying) -> None:
    """The brands."""

    def save(part: Part, code: str) -> str:
        _saved, outcome = brand_save(
            actor=load.actor,
            code=code,
            name=part.text("name"),
            category=part.text("category"),
            contact=part.text("contact"),
            note=part.text("note"),
        )
        return outcome

    load.each("brands", "brand", save)


def skus(load: Applying) -> None:
    """The SKUs, then the product ids that mean them."""
    saved: list[tuple[Part, Sku, str]] = []
    for part in load.root.parts("skus"):
        code = part.text("code")
        with load.at(part, ("sku", code)):
            load.once("sku", code, part, "code")
            saved.append((part, *_sku(load, part, code)))
    # Two rounds, so that an id may move from one SKU to another: give up first, take over then.
    linked = {sku.pk: _products(load, part, sku, take_over=False) for part, sku, _outcome in saved}
    for part, sku, outcome in saved:
        taken = _products(load, part, sku, take_over=True)
        load.report.add("skus", together(outcome, linked[sku.pk], taken))


def _sku(load: Applying, part: Part, code: str) -> tuple[Sku, str]:
    return sku_save(
        actor=load.actor,
        code=code,
        name=part.text("name"),
        brand=load.find("brand", part, "brand"),
        category=part.text("category"),
        list_price_fen=part.fen("list_price"),
        live_price_fen=part.fen("live_price"),
        cost_fen=part.fen("cost"),
        stock=part.count("stock"),
    )


def _products(load: Applying, part: Part, sku: Sku, *, take_over: bool) -> str:
    if (products := part.part("platform_products")) is None:
        return UNCHANGED
    wanted = {platform: products.texts(platform) for platform in products.data}
    if not take_over:
        present = {(product.platform, product.product_id) for product in sku.products.all()}
        wanted = {key: [text for text in ids if (key, text) in present] for key, ids in wanted.items()}
    with load.at(products):
        return sku_products_save(actor=load.actor, sku=sku, products=wanted)
    return UNCHANGED


def deals(load: Applying) -> None:
    """The deals, with the SKUs that run under them where the file names these."""

    def save(part: Part, code: str) -> str:
        deal, outcome = deal_save(
            actor=load.actor,
            code=code,
            brand=load.find("brand", part, "brand"),
            kind=part.text("kind"),
            slot_fee_fen=part.fen("slot_fee"),
            commission_rate=part.rate("commission_rate"),
            starts_on=part.date("starts_on"),
            ends_on=part.date("ends_on"),
            gmv_target_fen=part.fen("gmv_target"),
            note=part.text("note"),
        )
        if "skus" not in part:
            return outcome
        named = [load.record("sku", sku, f"skus[{index}]") for index, sku in enumerate(part.texts("skus"))]
        return together(outcome, deal_skus_save(actor=load.actor, deal=deal, skus=named))

    load.each("deals", "deal", save)
