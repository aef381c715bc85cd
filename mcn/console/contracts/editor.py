"""From the draft of a version to its terms, with every refusal at its row."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.anchors.models import Contract, Payee
from mcn.brands.models import Brand, Deal
from mcn.commissions.models import SplitRule
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Step, Tail, Target, Terms, Tiers
from mcn.console.contracts.draft import Draft
from mcn.console.contracts.forms import HeadForm, OverrideForm, SplitForm, StepForm, scope_choices
from mcn.core.errors import DomainError
from mcn.supply.models import Sku

TARGETS: dict[str, Any] = {"sku": Sku, "deal": Deal, "brand": Brand}
# The service names places as the agency file does; here they are the form's fields.
HEAD_FIELDS = {
    "from": "starts_on",
    "guarantee.amount": "guarantee",
    "guarantee.min_days": "min_days",
    "guarantee.min_hours": "min_hours",
    "guarantee.when_short": "when_short",
    "guarantee.tested": "tested",
    "guarantee.repay_months": "repay_months",
    "guarantee.repay_rate": "repay_rate",
    "clawback_window_days": "clawback_window_days",
    "net_of_tax": "net_of_tax",
    "tail": "tail_share",
    "tail.days": "tail_days",
    "tail.share": "tail_share",
    "tail.rate": "tail_rate",
}
PLACE = re.compile(r"(splits|overrides)\[(\d+)\](?:\.tiers)?(?:\.steps\[(\d+)\])?(?:\.(\w+))?")


class Editor:
    """The draft's forms. They are bound, hence checked, only if `check` is asked for."""

    def __init__(self, contract: Contract, draft: Draft, *, check: bool = False) -> None:
        self.contract, self.draft = contract, draft
        draft.tidy()
        agency = contract.agency
        kept = {row["scope"][9:] for row in draft.splits if row.get("scope", "").startswith("category:")}
        self.scopes = scope_choices(agency, kept - {""} if contract.versions.exists() else set())
        self.payees = Payee.objects.filter(agency=agency).order_by("code")
        self.bound = draft.data() if check else None
        self.head = self._form(HeadForm, "head", draft.head)
        self.splits = [
            self._form(SplitForm, f"split-{number}", row, scopes=self.scopes) for number, row in enumerate(draft.splits)
        ]
        self.steps = [
            [
                self._form(StepForm, f"split-{number}-step-{index}", step, metric=draft.splits[number].get("metric"))
                for index, step in enumerate(steps if draft.splits[number].get("pays") == "tiers" else [])
            ]
            for number, steps in enumerate(draft.steps)
        ]
        self.overrides = [
            self._form(OverrideForm, f"override-{number}", row, payees=self.payees)
            for number, row in enumerate(draft.overrides)
        ]
        self._name_rates()

    def _form(self, kind: Any, prefix: str, row: dict[str, str], **kwargs: Any) -> Any:
        given = {name: text for name, text in row.items() if text}
        return kind(self.bound, prefix=prefix, initial=given, **kwargs)

    def _name_rates(self) -> None:
        """Have a refused rate name its row: there are many of them on the page."""
        places = {_("rule %(number)s") % {"number": n}: form for n, form in enumerate(self.splits, start=1)}
        for n, steps in enumerate(self.steps, start=1):
            for step, form in enumerate(steps, start=1):
                places[_("rule %(number)s, step %(step)s") % {"number": n, "step": step}] = form
        places |= {_("override %(number)s") % {"number": n}: form for n, form in enumerate(self.overrides, start=1)}
        for place, form in places.items():
            form.fields["rate"].name_place(capfirst(place))

    def rows(self) -> list[dict[str, Any]]:
        """The splits for the template: number, form, steps, whether tiers are asked for."""
        return [
            {
                "number": number,
                "form": form,
                "steps": self.steps[number],
                "tiers": self.draft.splits[number].get("pays") == "tiers",
            }
            for number, form in enumerate(self.splits)
        ]

    def all_forms(self) -> list[forms.Form]:
        return [self.head, *self.splits, *(step for steps in self.steps for step in steps), *self.overrides]

    def is_valid(self) -> bool:
        """Whether every form is filled in; looks at all of them, so that all errors show at once."""
        return not [form for form in self.all_forms() if not form.is_valid()]

    def terms(self) -> Terms:
        """The terms that valid forms say."""
        head = self.head.cleaned_data
        guarantee = None
        if head["guarantee"] is not None:
            guarantee = Guarantee(
                amount_fen=head["guarantee"],
                min_days=head["min_days"],
                min_hours=head["min_hours"],
                when_short=head["when_short"],
                tested=head["tested"],
                repay_months=head["repay_months"],
                repay_rate=Decimal(1) if head["repay_rate"] is None else head["repay_rate"],
            )
        return Terms(
            starts_on=head["starts_on"],
            splits=tuple(self._split(number) for number in range(len(self.splits))),
            overrides=tuple(OverrideTerms(**form.cleaned_data) for form in self.overrides),
            guarantee=guarantee,
            clawback_window_days=head["clawback_window_days"],
            net_of_tax=head["net_of_tax"],
            tail=None if head["tail_days"] is None else Tail(head["tail_days"], head["tail_share"], head["tail_rate"]),
        )

    def _split(self, number: int) -> Split:
        data = self.splits[number].cleaned_data
        scope, _colon, value = data["scope"].partition(":")
        target: Target = value or None
        if scope in TARGETS:
            target = TARGETS[scope].objects.get(agency=self.contract.agency, pk=int(value))
        if data["pays"] == "rate":
            return Split(data["income"], scope, target, rate=data["rate"])
        steps = tuple(Step(step.cleaned_data["up_to"], step.cleaned_data["rate"]) for step in self.steps[number])
        metric = data["metric"] or SplitRule.Metric.NET_GMV
        return Split(data["income"], scope, target, tiers=Tiers(metric, data["mode"] or SplitRule.Mode.SLAB, steps))

    def refuse(self, error: DomainError) -> None:
        """Show what the service refused at the row and field it is about."""
        form, field = self._place(error.field or "")
        if "first" in error.params:
            found = PLACE.fullmatch(str(error.params["first"]))
            error.params["first"] = _("rule %(number)s") % {"number": int(found[2]) + 1 if found else "–"}
        form.add_error(field if field in form.fields else None, capfirst(str(error)))

    def _place(self, path: str) -> tuple[forms.Form, str | None]:
        if path in HEAD_FIELDS:
            return self.head, HEAD_FIELDS[path]
        found = PLACE.fullmatch(path)
        if found is None:
            return self.head, None
        number = int(found[2])
        if found[1] == "overrides":
            return self.overrides[number], {"until": "ends_on"}.get(found[4], found[4])
        if found[3] is not None:
            return self.steps[number][int(found[3])], found[4]
        return self.splits[number], found[4]
