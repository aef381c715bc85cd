"""Suppliers and SKUs."""

import re
from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mcn.console.generic import RelatedTab, Resource, Section, Tab, register
from mcn.console.generic.forms import RecordForm
from mcn.core.errors import DomainError
from mcn.core.platforms import Platform
from mcn.supply import services
from mcn.supply.models import Sku, Supplier

PRODUCTS = "products_"


@register
class Suppliers(Resource):
    model = Supplier
    slug = "suppliers"
    area = "supply"
    icon = "truck-delivery"
    order = 20
    view_permission = "supply.view"
    change_permission = "supply.change"
    columns = ("code", "name", "contact")
    search = ("code", "name", "contact")
    fields = ("code", "name", "contact", "note")
    sections: ClassVar = (Section("", ("code", "name", "contact", "note")),)
    tabs: ClassVar = (RelatedTab("skus", "supplier"),)
    lead = _("Who delivers the goods.")
    empty_why = _("No supplier has been entered. Enter those whose goods the agency sells itself.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.supplier_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return services.supplier_save(actor=actor, **data)[0]


class SkuForm(RecordForm):
    """A SKU with the product ids that mean it in the platforms' files."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: dict[str, list[str]] = {platform: [] for platform in Platform.values}
        if self.instance.pk:
            for product in self.instance.products.order_by("product_id"):
                known[product.platform].append(product.product_id)
        for platform in Platform:
            self.fields[PRODUCTS + platform] = forms.CharField(
                label=_("Product ids on %(platform)s") % {"platform": platform.label},
                required=False,
                initial=" ".join(known[platform]),
                widget=forms.TextInput(attrs={"class": "code"}),
                help_text=_("Several are separated by blanks."),
            )


@register
class Skus(Resource):
    model = Sku
    slug = "skus"
    area = "supply"
    icon = "package"
    order = 10
    view_permission = "supply.view"
    change_permission = "supply.change"
    columns = ("code", "name", "brand", "category", "supplier", "list_price_fen", "live_price_fen", "cost_fen", "stock")
    search = ("code", "name", "category", "products__product_id")
    filters = ("brand", "supplier")
    select_related = ("brand", "supplier")
    fields = ("code", "name", "brand", "category", "supplier", "list_price_fen", "live_price_fen", "cost_fen", "stock")
    form_base = SkuForm
    sections: ClassVar = (
        Section(_("Item"), ("code", "name", "brand", "category", "supplier", "stock")),
        Section(_("Prices"), ("list_price_fen", "live_price_fen", "cost_fen")),
    )
    lead = _("What is sold. Platform files name products by the platform's id; the ids are linked here.")
    empty_why = _("No SKU has been entered. Rules for a SKU, brand or category apply only to linked products.")

    def __init__(self) -> None:
        self.tabs = (  # type: ignore[misc]
            Tab("products", _("Platform products"), "console/supply/_products.html", self.products),
            RelatedTab("deals", "deal_skus__sku"),
        )

    def products(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """The platforms' ids for this SKU."""
        return {"products": record.products.order_by("platform", "product_id")}

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        ids = {
            platform: [text for text in re.split(r"[\s,，、;；]+", data.pop(PRODUCTS + platform)) if text]
            for platform in Platform.values
        }
        sku, _outcome = services.sku_save(actor=actor, **data)
        try:
            services.sku_products_save(actor=actor, sku=sku, products=ids)
        except DomainError as error:
            # The service names the place as in the agency file, platform[3]; here it is the platform's field.
            error.field = PRODUCTS + (error.field or "").split("[")[0]
            raise
        return sku

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)
