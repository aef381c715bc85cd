"""The agency's own data: what dates, taxes and pays, and the fee rates for files that name no fee."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts.agencies import MOST_DAYS, fee_rate_save
from mcn.accounts.keeping import UNCHANGED
from mcn.console.generic.forms import MoneyField, RateField
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.core.platforms import Platform
from mcn.settlements.exports.withholding_client import LABOUR_ITEMS
from mcn.settlements.services.agencies import settings_save
from mcn.tenancy.models import Agency, PlatformFeeRate

FEE = "fee_"


def zones() -> list[tuple[str, str]]:
    """The time zones with a place's name, China's first."""
    named = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("Asia/Shanghai", "Asia/Shanghai"), *((zone, zone) for zone in named if zone != "Asia/Shanghai")]


class AgencyForm(forms.Form):
    """Settings of the agency; a fee rate for each platform."""

    name = forms.CharField(label=gettext_lazy("Agency's name"), max_length=120)
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zones,
        help_text=gettext_lazy("Fixed once a month is closed, like the next two: they decide what belongs to it."),
    )
    day_starts_at = forms.TimeField(
        label=gettext_lazy("Business day starts at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("For example 04:00, so that a night's stream belongs to the evening it began on."),
    )
    first_period = forms.CharField(
        label=gettext_lazy("First settled month"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"placeholder": "2026-07"}),
        help_text=gettext_lazy("Sales before it are history: shown, never paid."),
    )
    labour_tax = forms.ChoiceField(label=gettext_lazy("Tax method for labour pay"), choices=Agency.LabourTax.choices)
    labour_gap_months = forms.ChoiceField(
        label=gettext_lazy("Months without pay"),
        choices=Agency.GapMonths.choices,
        help_text=gettext_lazy("Counts only for the cumulative method."),
    )
    labour_income_item = forms.CharField(
        label=gettext_lazy("Income item of labour pay (所得项目)"),
        required=False,
        max_length=40,
        help_text=format_lazy(
            gettext_lazy("As your version of the withholding client calls it. Empty: {items}, by the tax method."),
            items=" / ".join(LABOUR_ITEMS.values()),
        ),
    )
    minimum_payout_fen = MoneyField(
        label=gettext_lazy("Minimum payout"),
        min_value=0,
        help_text=gettext_lazy("Less than this stays payable and is paid with the next month."),
    )
    second_approval_fen = MoneyField(
        label=gettext_lazy("Two approvers from"),
        min_value=0,
        required=False,
        help_text=gettext_lazy("Months whose net pay is this much or more are approved by two persons. Empty: never."),
    )
    dispute_days = forms.IntegerField(
        label=gettext_lazy("Days to dispute a closed month"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("Afterwards a statement counts as accepted. Months closed before keep their date."),
    )
    dispute_answer_days = forms.IntegerField(
        label=gettext_lazy("Days to answer a dispute"), min_value=0, max_value=MOST_DAYS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(PlatformFeeRate.objects.values_list("platform", "fee_rate"))
        for platform in Platform:
            self.fields[FEE + platform] = RateField(
                label=platform.label,
                required=platform.value in known,
                initial=known.get(platform.value),
            )

    def agency_fields(self) -> list[Any]:
        return [field for field in self if not field.name.startswith(FEE)]

    def fee_fields(self) -> list[Any]:
        return [field for field in self if field.name.startswith(FEE)]


class AgencyPage(ConsoleView):
    """Shown to whoever may see settings, changed by whoever may change them."""

    permission = "settings.view"
    change_permission = "settings.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        agency = request.agency  # type: ignore[attr-defined]
        names = list(AgencyForm.base_fields)
        return self.answer(AgencyForm(initial={name: getattr(agency, name) for name in names}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = AgencyForm(request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        try:
            with transaction.atomic():
                changed = self.save(form.cleaned_data)
        except DomainError as error:
            form.add_error(self.place(form, error), capfirst(str(error)))
            return self.answer(form, 422)
        if changed:
            messages.success(request, _("The settings have been saved."))
        else:
            messages.info(request, _("Nothing has changed."))
        return HttpResponseRedirect(request.path)

    def save(self, data: dict[str, Any]) -> bool:
        """Write what differs; whether anything did. Raises DomainError."""
        actor = self.request.user
        fees = {name: data.pop(name) for name in list(data) if name.startswith(FEE)}
        outcomes = [
            settings_save(
                actor=actor,  # type: ignore[arg-type]
                slug=self.request.agency.slug,  # type: ignore[attr-defined]
                **data,
            )[1]
        ]
        for name, rate in fees.items():
            if rate is not None:
                try:
                    outcomes.append(
                        fee_rate_save(actor=actor, platform=name.removeprefix(FEE), fee_rate=rate)[1]  # type: ignore[arg-type]
                    )
                except DomainError as error:
                    error.field = name
                    raise
        return any(outcome != UNCHANGED for outcome in outcomes)

    @staticmethod
    def place(form: AgencyForm, error: DomainError) -> str | None:
        return next((name for name in (error.field, f"{error.field}_fen") if name in form.fields), None)

    def answer(self, form: AgencyForm, status: int = 200) -> HttpResponse:
        may_change = self.request.member.can("settings.change")  # type: ignore[attr-defined]
        if not may_change:
            for field in form.fields.values():
                field.disabled = True
        context = {"title": _("Agency"), "form": form, "may_change": may_change}
        return self.page("console/settings/agency.html", context, status)
