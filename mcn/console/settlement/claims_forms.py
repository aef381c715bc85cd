"""Forms of corrections, disputes and holds. They check what is typed; services decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee
from mcn.console.generic.forms import MoneyField, RateField
from mcn.core import formats
from mcn.settlements import overview

LONGEST = 1000
ACCEPTED = ".jpg,.jpeg,.png,.webp,.heic,.pdf,.xlsx,.docx"


def text(label: Any, **kwargs: Any) -> forms.CharField:
    """A text of a few lines."""
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}), **kwargs
    )


def upload() -> forms.FileField:
    """At most one file."""
    return forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=_("A picture, a PDF, an xlsx or a docx file, up to 10 MB."),
    )


class PayeeForm(forms.Form):
    """Asks whom it is about where the address does not say so."""

    def __init__(self, *args: Any, payees: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if payees is None:
            return
        first = {"payee": forms.ModelChoiceField(label=_("Payee"), queryset=payees, empty_label=_("Please choose"))}
        self.fields = {**first, **self.fields}


class CorrectionForm(PayeeForm):
    """How much, why, with a file."""

    amount_fen = MoneyField(label=_("Amount"), help_text=_("Before tax. Below zero takes money back from the payee."))
    reason = text(_("Reason"), help_text=_("The payee reads it on the statement."))
    file = upload()

    def __init__(self, *args: Any, payees: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, payees=payees, **kwargs)
        if payees is None:
            return
        months = [(code, formats.period(code)) for code in overview.calculated_months()]
        month = forms.ChoiceField(label=_("Corrected month"), choices=[("", "–"), *months], required=False)
        self.fields = {"payee": self.fields["payee"], "month": month, **self.fields}


class HoldForm(PayeeForm):
    """Why a payment is held back."""

    reason = text(_("Reason"))


class ReleaseForm(forms.Form):
    """Why it may be paid again."""

    reason = text(_("Reason"), required=False)


class RefusalForm(forms.Form):
    """Why something is turned down."""

    reason = text(_("Reason"))


class RateForm(forms.Form):
    """Another rate to look at."""

    rate = RateField(label=_("Another rate"), required=False)


class GrantForm(forms.Form):
    """What is granted, and what the anchor reads."""

    amount_fen = MoneyField(label=_("Amount to grant, before tax"))
    answer = text(_("Answer to the anchor"), required=False)


class RefuseForm(forms.Form):
    """What the anchor reads."""

    answer = text(_("Answer to the anchor"))


def payees_of_anchors() -> Any:
    """Payees that an anchor is paid through: only they have entries."""
    return Payee.objects.filter(anchor__isnull=False).order_by("code")
