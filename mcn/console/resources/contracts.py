"""Contracts."""

from datetime import date, timedelta
from typing import Any, ClassVar

import django_filters
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Contract
from mcn.anchors.services import contract_save
from mcn.console.contracts.timeline import timeline_of
from mcn.console.contracts.views import VersionEditor
from mcn.console.generic import Resource, Section, register
from mcn.console.generic.resource import Action
from mcn.console.generic.tables import FieldColumn
from mcn.console.templatetags.interface import badge

SOON = 60


def standing(contract: Contract, today: date) -> Any:
    """Where the contract stands today, as a badge: not begun, in force, expiring with the days left, expired."""
    left = (contract.ends_on - today).days
    if contract.starts_on > today:
        return badge("planned", gettext("Not begun"))
    if left < 0:
        return badge("expired", gettext("Expired"))
    if left <= SOON:
        words = ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}
        return badge("expiring", words)
    return badge("in_force", gettext("In force"))


class StandingColumn(FieldColumn):
    """Sorts by the last day, shows what it means today."""

    def __init__(self) -> None:
        super().__init__(Contract, "ends_on", order_by="ends_on")
        self.css = "is-tight"

    @property
    def header(self) -> str:
        return gettext("State")

    def render(self, value: Any, record: Any, table: Any) -> Any:
        return standing(record, record.agency.today())

    def value(self, value: Any) -> str:
        return f"{value:%Y-%m-%d}"


def by_standing(rows: QuerySet, name: str, value: str) -> QuerySet:
    """The contracts that stand so today. The zone is that of the request, hence the agency's."""
    today = timezone.localdate()
    if value == "expiring":
        return rows.filter(starts_on__lte=today, ends_on__gte=today, ends_on__lte=today + timedelta(days=SOON))
    if value == "expired":
        return rows.filter(ends_on__lt=today)
    return rows.filter(starts_on__lte=today, ends_on__gte=today)


@register
class Contracts(Resource):
    model = Contract
    slug = "contracts"
    area = "anchors"
    icon = "contract"
    order = 20
    view_permission = "contracts.view"
    change_permission = "contracts.change"
    columns = ("number", "anchor", "starts_on", "ends_on", ("standing", StandingColumn()), "exclusive")
    search = ("number", "anchor__code", "anchor__stage_name")
    filters = (
        (
            "standing",
            django_filters.ChoiceFilter(
                method=by_standing,
                label=_("State"),
                empty_label=_("State"),
                choices=[
                    ("in_force", _("In force")),
                    ("expiring", _("Expires within 60 days")),
                    ("expired", _("Expired")),
                ],
            ),
        ),
        "anchor",
    )
    ordering = ("ends_on", "pk")
    select_related = ("anchor", "agency")
    fields = ("anchor", "number", "starts_on", "ends_on", "signed_on", "exclusive", "note")
    locked = ("anchor", "number")
    sections: ClassVar = (Section("", ("anchor", "number", "starts_on", "ends_on", "signed_on", "exclusive", "note")),)
    overview = "console/contracts/_overview.html"
    lead = _("What was agreed with anchors. The terms are versions: a change makes a new one, the former stay.")
    empty_why = _("No contract has been entered. Without one, an anchor's orders stay unmatched.")

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        today = record.agency.today()
        is_quiet = record.starts_on <= today <= record.ends_on - timedelta(days=SOON)
        return {"standing": "" if is_quiet else standing(record, today), "versions": timeline_of(record, today)}

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        if not request.member.can(self.change_permission):  # type: ignore[attr-defined]
            return []
        return [Action(_("New version"), reverse("console:contracts-version", args=[record.pk]), "git-branch")]

    def urlpatterns(self) -> list[URLPattern]:
        return [
            *super().urlpatterns(),
            path("contracts/<int:pk>/versions/new/", VersionEditor.as_view(), name="contracts-version"),
        ]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return contract_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return contract_save(actor=actor, **data)[0]
