"""The forms of the split editor: one for the head, one a row."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor, ContractVersion, Payee
from mcn.brands.models import Brand, Deal
from mcn.commissions.models import Override, SplitRule
from mcn.console.generic.forms import MoneyField, RateField
from mcn.core.platforms import Platform
from mcn.settlements.whatif.job import MOST_MONTHS
from mcn.supply.models import Sku


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


def rate_field(**kwargs: Any) -> RateField:
    return RateField(label=_("Rate"), **kwargs)


class HeadForm(forms.Form):
    """From when, the guarantee and the clawback window."""

    starts_on = day_field(_("In force from"), help_text=_("For orders paid from this day on."))
    guarantee = MoneyField(label=_("Guarantee a month"), required=False, help_text=_("Empty: no guarantee."))
    min_days = forms.IntegerField(label=_("Valid days needed"), required=False, min_value=0)
    min_hours = forms.DecimalField(
        label=_("Valid hours needed"), required=False, min_value=0, max_digits=6, decimal_places=2
    )
    when_short = forms.ChoiceField(label=_("When short"), choices=ContractVersion.WhenShort.choices)
    tested = forms.ChoiceField(label=_("Guarantee is tested"), choices=ContractVersion.Tested.choices)
    repay_months = forms.IntegerField(
        label=_("Top-ups repaid at an early exit, months"),
        required=False,
        min_value=1,
        help_text=_(
            "If the contract ends before its last day, top-ups of the last so many months go back. Empty: none."
        ),
    )
    repay_rate = RateField(label=_("Part of them that is repaid"), required=False, help_text=_("Empty: all of it."))
    clawback_window_days = forms.IntegerField(
        label=_("Clawback window in days"),
        required=False,
        min_value=0,
        help_text=_("Returns after this many days from settlement stay with the agency. Empty: no limit."),
    )
    net_of_tax = forms.BooleanField(
        label=_("Pay agreed after tax"),
        required=False,
        help_text=_("The anchor gets what the rules come to; the agency pays the tax on top of it."),
    )
    tail_days = forms.IntegerField(
        label=_("Days after the end"),
        required=False,
        min_value=1,
        help_text=_("Orders paid so many days after the contract's end still earn commission. Empty: none."),
    )
    tail_share = RateField(
        label=_("Part of the rates"), required=False, help_text=_("50 makes a rate of 35 % one of 17.5 %.")
    )
    tail_rate = RateField(
        label=_("Or a rate of its own"), required=False, help_text=_("One rate on all commission, instead of a part.")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_given = cleaned.get("tail_share") is not None or cleaned.get("tail_rate") is not None
        if is_given and cleaned.get("tail_days") is None and "tail_days" not in self.errors:
            self.add_error("tail_days", _("Give the days after the end that it is for."))
        return cleaned


class SplitForm(forms.Form):
    """One rule. `scope` is one choice of everything that a rule may cover: none, sku:7, category:food."""

    income = forms.ChoiceField(label=_("Income"), choices=SplitRule.Income.choices)
    scope = forms.ChoiceField(label=_("For"))
    pays = forms.ChoiceField(label=_("How it is paid"), choices=[("rate", _("One rate")), ("tiers", _("Tiers"))])
    rate = rate_field(required=False)
    metric = forms.ChoiceField(label=_("Tiers by"), choices=SplitRule.Metric.choices, required=False)
    mode = forms.ChoiceField(label=_("How tiers count"), choices=SplitRule.Mode.choices, required=False)

    def __init__(self, *args: Any, scopes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("pays") == "rate" and cleaned.get("rate") is None and "rate" not in self.errors:
            self.add_error("rate", _("Give a rate."))
        return cleaned


class StepForm(forms.Form):
    """One step; the last has no bound. Amounts in yuan, or a count of orders."""

    up_to = forms.DecimalField(label=_("Up to (inclusive)"), required=False, max_digits=15, decimal_places=2)
    rate = rate_field()

    def __init__(self, *args: Any, metric: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counted = metric == SplitRule.Metric.ORDERS
        if not self.counted:
            self.fields["up_to"].prefix = "¥"  # type: ignore[attr-defined]

    def clean_up_to(self) -> int | None:
        """The bound in fen, or the count."""
        typed = self.cleaned_data["up_to"]
        if typed is None:
            return None
        if self.counted and typed != int(typed):
            raise forms.ValidationError(_("Orders are counted in whole numbers."))
        return int(typed) if self.counted else int(typed * 100)


class OverrideForm(forms.Form):
    """A further payee's rate."""

    payee: Any = forms.ModelChoiceField(
        label=_("Payee"), queryset=QuerySet(Payee).none(), empty_label=_("Please choose")
    )
    income = forms.ChoiceField(label=_("Income"), choices=SplitRule.Income.choices)
    basis = forms.ChoiceField(label=_("On"), choices=Override.Basis.choices)
    rate = rate_field()
    starts_on = day_field(_("Orders paid from"))
    ends_on = day_field(_("until (exclusive)"), required=False)
    borne_by = forms.ChoiceField(label=_("Borne by"), choices=Override.BorneBy.choices)

    def __init__(self, *args: Any, payees: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["payee"].queryset = payees  # type: ignore[attr-defined]


def scope_choices(agency: Any, kept: set[str]) -> list[Any]:
    """Everything a rule may cover, in groups. `kept` categories are offered though no SKU has them now."""
    skus = Sku.objects.filter(agency=agency).order_by("code")
    deals = Deal.objects.filter(agency=agency).select_related("brand").order_by("code")
    brands = Brand.objects.filter(agency=agency).order_by("code")
    categories = {text for text in skus.order_by().values_list("category", flat=True).distinct() if text} | kept
    groups = [
        (SplitRule.Scope.PLATFORM.label, [(f"platform:{code}", label) for code, label in Platform.choices]),
        (SplitRule.Scope.CATEGORY.label, [(f"category:{text}", text) for text in sorted(categories)]),
        (SplitRule.Scope.BRAND.label, [(f"brand:{row.pk}", str(row)) for row in brands]),
        (SplitRule.Scope.DEAL.label, [(f"deal:{row.pk}", str(row)) for row in deals]),
        (SplitRule.Scope.SKU.label, [(f"sku:{row.pk}", str(row)) for row in skus]),
    ]
    none = (str(SplitRule.Scope.NONE.value), SplitRule.Scope.NONE.label)
    return [none, *((label, rows) for label, rows in groups if rows)]


class MonthsForm(forms.Form):
    """On how many of the last closed months something is tried out."""

    months = forms.IntegerField(label=_("Last closed months"), min_value=1, max_value=MOST_MONTHS, initial=3)


class GhostForm(forms.Form):
    """Under which name a trial goes on beside the real rules."""

    name = forms.CharField(label=_("Name of the ghost rule"), max_length=80)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class RuleChangeForm(MonthsForm):
    """One change of the rules of some anchors, or of all."""

    field_order = ("income", "points", "bounds", "months", "anchors")

    income = forms.ChoiceField(label=_("Income"), choices=SplitRule.Income.choices)
    points = forms.DecimalField(
        label=_("Added to every rate"),
        initial=0,
        min_value=-100,
        max_value=100,
        decimal_places=4,
        help_text=_("5 makes 35 % into 40 %, −5 into 30 %; every step of tiers alike."),
    )
    bounds = forms.DecimalField(
        label=_("Bounds of tiers times"),
        initial=1,
        min_value=Decimal("0.0001"),
        max_value=100,
        decimal_places=4,
        help_text=_("1.2 makes a bound of ¥100,000.00 into ¥120,000.00."),
    )
    anchors: Any = forms.ModelMultipleChoiceField(
        label=_("Only for these anchors"),
        queryset=QuerySet(Anchor).none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all anchors."),
    )

    def __init__(self, *args: Any, agency: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].suffix = _("points")  # type: ignore[attr-defined]
        self.fields["anchors"].queryset = Anchor.objects.filter(agency=agency).order_by("code")  # type: ignore[attr-defined]
