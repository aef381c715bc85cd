"""Brands and deals."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from mcn.brands import services
from mcn.brands.models import Brand, Deal
from mcn.console.generic import RelatedTab, Resource, Section, register
from mcn.console.generic.forms import RecordForm
from mcn.supply.models import Sku
from mcn.supply.services import deal_skus_save


@register
class Brands(Resource):
    model = Brand
    slug = "brands"
    area = "brands"
    icon = "tag"
    order = 10
    view_permission = "brands.view"
    change_permission = "brands.change"
    columns = ("code", "name", "category", "contact")
    search = ("code", "name", "category", "contact")
    fields = ("code", "name", "category", "contact", "note")
    sections: ClassVar = (Section("", ("code", "name", "category", "contact", "note")),)
    tabs: ClassVar = (RelatedTab("deals", "brand"), RelatedTab("skus", "brand"))
    lead = _("Whom the agency works for. Split rules may name a brand.")
    empty_why = _("No brand has been entered. A deal and most SKUs belong to one.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return services.brand_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return services.brand_save(actor=actor, **data)[0]


class DealForm(RecordForm):
    """A deal with the SKUs that run under it."""

    skus: Any = forms.ModelMultipleChoiceField(
        label=_("SKUs"),
        queryset=QuerySet(Sku).none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Order lines of these SKUs between the two dates belong to the deal."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["skus"] = Sku.objects.filter(deal_skus__deal=self.instance)


@register
class Deals(Resource):
    model = Deal
    slug = "deals"
    area = "brands"
    icon = "briefcase"
    order = 20
    view_permission = "brands.view"
    change_permission = "brands.change"
    columns = (
        "code",
        "brand",
        "kind",
        "stage",
        "slot_fee_fen",
        "commission_rate",
        "starts_on",
        "ends_on",
        "gmv_target_fen",
    )
    search = ("code", "brand__code", "brand__name", "note")
    filters = ("stage", "kind", "brand")
    ordering = ("-starts_on", "-pk")
    select_related = ("brand",)
    fields = (
        "code",
        "brand",
        "kind",
        "stage",
        "slot_fee_fen",
        "commission_rate",
        "starts_on",
        "ends_on",
        "gmv_target_fen",
        "note",
    )
    form_base = DealForm
    sections: ClassVar = (
        Section(_("Agreement"), ("code", "brand", "kind", "stage", "starts_on", "ends_on")),
        Section(_("Money"), ("slot_fee_fen", "commission_rate", "gmv_target_fen")),
        Section(_("Remarks"), ("note",)),
    )
    tabs: ClassVar = (RelatedTab("skus", "deal_skus__deal"),)
    lead = _("What brands and the agency agreed: slot fee, commission, dates and SKUs.")
    empty_why = _("No deal has been entered. A deal says what a brand pays for which SKUs, from when until when.")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        skus = data.pop("skus")
        deal, _outcome = services.deal_save(actor=actor, **data)
        deal_skus_save(actor=actor, deal=deal, skus=skus)
        return deal

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)
