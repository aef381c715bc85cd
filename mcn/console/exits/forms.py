"""What is typed for an exit sheet. The forms check; `mcn.settlements.exits` decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor
from mcn.console.generic.forms import MoneyField
from mcn.settlements.exits.sheet import ClaimKind

CLAIMS = 4  # claims that a sheet has room for


class ExitForm(forms.Form):
    """Who leaves, when and why."""

    anchor: Any = forms.ModelChoiceField(label=_("Anchor"), queryset=None, empty_label=_("Please choose"))
    ends_on = forms.DateField(
        label=_("Last day of the contract"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Orders paid up to and including this day are shared by the contract whenever they settle."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    set_off = forms.BooleanField(
        label=_("Deposits repay advances and debts in instalments"), required=False, initial=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        anchors: Any = self.fields["anchor"]
        anchors.queryset = Anchor.objects.exclude(status=Anchor.Status.LEFT).order_by("code")


class ClaimForm(forms.Form):
    """A claim of the agency; empty where nothing is typed."""

    kind = forms.ChoiceField(label=_("Claim"), choices=ClaimKind.choices)
    text = forms.CharField(label=_("Clause of the contract"), max_length=300, required=False)
    amount_fen = MoneyField(label=_("Amount"), required=False)
    from_deposit = forms.BooleanField(label=_("paid from the deposit"), required=False)

    @property
    def is_given(self) -> bool:
        """Whether anything of it was typed."""
        return bool(self.cleaned_data["text"].strip() or self.cleaned_data["amount_fen"])

    @property
    def claim(self) -> Any:
        """The claim as services take it; an amount that is missing is 0, which they refuse."""
        return {**self.cleaned_data, "amount_fen": self.cleaned_data["amount_fen"] or 0}


Claims = forms.formset_factory(ClaimForm, extra=0, min_num=CLAIMS, max_num=CLAIMS, absolute_max=CLAIMS)
