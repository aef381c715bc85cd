"""The form of the estimator."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee


class YuanField(forms.DecimalField):
    """An amount: yuan with at most two decimals are typed, the programme gets whole fen."""

    prefix = "¥"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_digits=12, decimal_places=2, **kwargs)

    def clean(self, value: Any) -> int | None:
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * 100)


class EstimateForm(forms.Form):
    """How one is paid, and how much a month."""

    kind = forms.ChoiceField(label=_("Paid as"), choices=Payee.Kind.choices)
    income = YuanField(label=_("Income a month"))
    net_of_tax = forms.BooleanField(
        label=_("Agreed after tax: the agency pays the tax on top"),
        required=False,
        help_text=_("Counts for labour pay and employees."),
    )
    social_insurance = YuanField(
        label=_("Own social insurance a month"), required=False, help_text=_("Counts for employees only.")
    )
    special_deductions = YuanField(
        label=_("Special deductions a month"), required=False, help_text=_("Counts for employees only.")
    )
