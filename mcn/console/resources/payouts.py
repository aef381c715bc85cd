"""The accounts that money is paid from."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mcn.console.generic import Resource, Section, register
from mcn.console.generic.forms import RecordForm
from mcn.console.generic.resource import Action
from mcn.console.payouts.columns import Columns
from mcn.core.encryption import masked
from mcn.settlements.models import PayingAccount
from mcn.settlements.payouts.accounts import account_save


class PayingAccountForm(RecordForm):
    """A paying account; its number is shown masked, and kept where the field is left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.number if self.instance.pk else ""
        self.fields["number"] = forms.CharField(
            label=_("Account number"),
            required=not stored,
            max_length=60,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
            help_text=_("Stored: %(value)s. Leave empty to keep it.") % {"value": masked(stored)} if stored else "",
        )
        self.fields["purpose"].help_text = _("Written into every row; empty: the reference of the payout.")


@register
class PayingAccounts(Resource):
    model = PayingAccount
    slug = "paying-accounts"
    area = "finance"
    group = "paying"
    icon = "building-bank"
    order = 55
    view_permission = "payouts.view"
    change_permission = "payouts.change"
    columns = ("code", "name", "channel", "form", "file_type", "is_active")
    search = ("code", "name", "holder")
    filters = ("channel", "is_active")
    fields = ("code", "name", "channel", "holder", "form", "file_type", "has_header", "purpose", "is_active")
    form_base = PayingAccountForm
    sections: ClassVar = (
        Section("", ("code", "name", "channel", "holder", "shown_number", "is_active")),
        Section(_("The file for the bank"), ("form", "file_type", "has_header", "purpose")),
    )
    lead = _("Where payouts are paid from, and the kind of file that its bank takes.")
    empty_why = _("No account has been entered. Payouts need one: its bank's kind of file is chosen with it.")

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        if record.form != PayingAccount.Form.OWN or not request.member.can(self.change_permission):  # type: ignore[attr-defined]
            return []
        return [
            Action(_("Columns of the file"), reverse("console:paying-account-columns", args=[record.pk]), "columns")
        ]

    def urlpatterns(self) -> list[URLPattern]:
        return [
            *super().urlpatterns(),
            path("paying-accounts/<int:pk>/columns/", Columns.as_view(), name="paying-account-columns"),
        ]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return account_save(actor=actor, **{name: value for name, value in data.items() if name != "number" or value})[
            0
        ]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)  # type: ignore[return-value]
