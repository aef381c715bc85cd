"""The form that orders an export."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Membership
from mcn.core import formats
from mcn.settlements.exports import EXPORTS, FORMATS, LABELS
from mcn.settlements.exports.services import may_export
from mcn.settlements.models import Period
from mcn.settlements.vouchers import making


class ExportForm(forms.Form):
    """Which month, what of it, in which formats."""

    period = forms.ChoiceField(label=_("Month"))
    what = forms.MultipleChoiceField(label=_("Content"), widget=forms.CheckboxSelectMultiple, initial=["statements"])
    formats = forms.MultipleChoiceField(
        label=_("Format"),
        widget=forms.CheckboxSelectMultiple,
        initial=["xlsx"],
        required=False,
        help_text=_("Of the tables and of Kingdee's files; PDFs come as one zip, Yonyou's files in its own format."),
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        calculated = Period.objects.filter(calculated_at__isnull=False).values_list("code", flat=True)
        codes = sorted({*calculated, *making.months()}, reverse=True)
        self.has_months = bool(codes)
        # A month in which only something was posted has vouchers and nothing else.
        self.initial["period"] = self.initial.get("period") or max(calculated, default="")
        choices: dict[str, Any] = {
            "period": [(code, formats.period(code)) for code in codes],
            "what": [(name, label) for name, label in LABELS.items() if may_export(member, [name])],
            "formats": [(name, name) for name in FORMATS],
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Tables need a format."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("formats") and "formats" not in self.errors and set(EXPORTS) & set(data.get("what", [])):
            self.add_error("formats", self.fields["formats"].error_messages["required"])
        return data
