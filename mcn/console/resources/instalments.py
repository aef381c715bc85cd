"""Debts of payees that are taken back in instalments."""

from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import InstalmentPlan
from mcn.console.generic import Resource, Section, register
from mcn.settlements import instalments

TERMS = ("instalment_fen", "most_rate", "first_month")


@register
class InstalmentPlans(Resource):
    model = InstalmentPlan
    slug = "instalment-plans"
    area = "finance"
    group = "advances"
    icon = "calendar-due"
    order = 43
    view_permission = "settlements.view"
    change_permission = "instalments.change"
    columns = ("code", "payee", "kind", "amount_fen", "instalment_fen", "most_rate", "first_month")
    search = ("code", "payee__code", "payee__name", "reason")
    filters = ("payee", "kind")
    ordering = ("-agreed_on", "-pk")
    select_related = ("payee",)
    fields = ("payee", "code", "kind", "amount_fen", "agreed_on", "reason", *TERMS)
    locked = ("payee", "code", "kind", "amount_fen", "agreed_on", "reason")
    sections: ClassVar = (Section("", (*fields, "carried_from")),)
    overview = "console/anchors/_instalments.html"
    lead = _("What payees owe and pay back month by month, before tax: never more than there is.")
    empty_why = _(
        "No debt is taken back in instalments. What a month carries forward below zero is taken from the next at once; "
        "agree on a plan here where that is too much."
    )

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {"told": instalments.statements_of([record])[0]}

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return instalments.plan_agree(actor=actor, **data)

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return instalments.plan_change(actor=actor, plan=record, **{name: data[name] for name in TERMS})
