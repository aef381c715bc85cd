"""Other income and costs: entries that were typed, and those from files."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from mcn.console.generic import Resource, Section, register
from mcn.console.generic.forms import RecordForm
from mcn.sales.models import Entry
from mcn.sales.services.entries import entry_save
from mcn.settlements.selectors import last_closed_period


class EntryForm(RecordForm):
    """What people type; a correction is requested on a page of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        income: Any = self.fields["income"]
        income.choices = [choice for choice in income.choices if choice[0] != Entry.Income.CORRECTION]


@register
class Entries(Resource):
    model = Entry
    slug = "entries"
    area = "settlement"
    icon = "coins"
    order = 20
    view_permission = "entries.view"
    change_permission = "entries.change"
    columns = ("code", "date", "anchor", "income", "amount_fen", "deal", "settle_period", "note")
    search = ("code", "anchor__code", "anchor__stage_name", "note")
    filters = ("income", "anchor", "settle_period")
    ordering = ("-date", "-pk")
    select_related = ("anchor", "deal")
    fields = ("code", "anchor", "income", "date", "amount_fen", "deal", "note")
    form_base = EntryForm
    sections: ClassVar = (
        Section(
            "",
            ("code", "anchor", "income", "date", "amount_fen", "deal", "settle_period", "note", "source", "created_at"),
        ),
    )
    lead = _("Other income and costs of a month: slot fees, tips, ads, bonuses, penalties, shared costs.")
    empty_why = _(
        "No entry has been written. Slot fees, tips, bonuses and penalties are entered here and settled with their"
        " month."
    )

    def may_change(self, member: Any, record: Any) -> bool:
        """Only what was typed, while the month that settles it is not closed."""
        if record.source_id is not None or record.income == Entry.Income.CORRECTION:
            return False
        return super().may_change(member, record) and record.settle_period > (last_closed_period() or "")

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return entry_save(actor=actor, last_closed=last_closed_period(), **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)
