"""Forms of records: amounts are typed in yuan, rates in percent, references offer the agency's rows only."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _


class MoneyField(forms.DecimalField):
    """An amount: the person types yuan with at most two decimals, the programme gets whole fen."""

    prefix = "¥"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=2, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 100:.2f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        yuan = super().clean(value)
        return None if yuan is None else int(yuan * 100)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class RateField(forms.DecimalField):
    """A rate: the person types 0 to 100 percent with at most four decimals, the programme gets a rate of six."""

    suffix = "%"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, decimal_places=4, **kwargs)
        self.name_place("")

    def name_place(self, place: str) -> None:
        """Have what is refused name its place, such as a row of a form with many rates."""
        told: Any = _("The rate must lie between 0 %% and 100 %%.")  # Django fills it in once more
        if place:
            told = str(_("%(place)s: the rate must lie between 0 %% and 100 %%.")).replace("%(place)s", place)
        self.error_messages |= {"min_value": told, "max_value": told}

    def prepare_value(self, value: Any) -> Any:
        return f"{(value * 100).normalize():f}" if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        percent = super().clean(value)
        return None if percent is None else percent / 100

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The form field for a model field. References start empty: which rows they offer is known per request."""
    own: dict[str, Any] = {
        "label": capfirst(field.verbose_name),
        "required": not field.blank,
        "help_text": field.help_text,
    }
    if field.has_default():
        own["initial"] = field.get_default()
    if isinstance(field, models.ForeignKey):
        return forms.ModelChoiceField(queryset=QuerySet(field.related_model).none(), **own)
    if field.name.endswith("_fen"):
        return MoneyField(**own)
    if field.name.endswith("_rate") or field.name == "rate":
        return RateField(**own)
    if isinstance(field, models.DateTimeField):
        kwargs["widget"] = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    elif isinstance(field, models.DateField):
        kwargs["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    elif isinstance(field, models.TextField) and not isinstance(field, models.CharField):
        kwargs["widget"] = forms.Textarea(attrs={"rows": 3})
    return field.formfield(**kwargs)


class RecordForm(forms.ModelForm):
    """A record's form. It checks; a service writes: `save` is not for calling."""

    def __init__(self, *args: Any, agency: Any, locked: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.agency = agency
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = field.queryset.model._default_manager.filter(agency=agency)
                if not isinstance(field, forms.ModelMultipleChoiceField):
                    field.empty_label = _("Please choose") if field.required else "–"
            elif isinstance(field, forms.ChoiceField) and not isinstance(field, forms.MultipleChoiceField):
                empty = _("Please choose") if field.required else "–"
                field.choices = [(value, label if value else empty) for value, label in field.choices]  # type: ignore[misc,union-attr]
            if name in locked:
                field.disabled = True

    def save(self, commit: bool = True) -> Any:
        raise TypeError("a service writes the record")

    def _get_validation_exclusions(self) -> set[str]:
        # The agency is no field of the form, but "unique within the agency" is to be checked all the same.
        return super()._get_validation_exclusions() - {"agency"}  # type: ignore[misc]

    def _update_errors(self, errors: ValidationError) -> None:
        # "Agency and code must be unique" is the programme's view; people are told at the field they typed in.
        if hasattr(errors, "error_dict"):
            general = errors.error_dict.pop(NON_FIELD_ERRORS, [])
            # What else the database checks, the service refuses first, in words for people.
            checks = {
                rule.get_violation_error_message()
                for rule in self.instance._meta.constraints
                if isinstance(rule, models.CheckConstraint | ExclusionConstraint)
            }
            rest = []
            for error in general:
                if error.message in checks:
                    continue
                names = [name for name in (error.params or {}).get("unique_check", ()) if name != "agency"]
                if error.code == "unique_together" and len(names) == 1 and names[0] in self.fields:
                    self.add_error(names[0], _("This is already in use in your agency."))
                else:
                    rest.append(error)
            if rest:
                errors.error_dict[NON_FIELD_ERRORS] = rest
        super()._update_errors(errors)  # type: ignore[misc]


def form_class(model: type[models.Model], fields: tuple[str, ...], base: type[RecordForm]) -> type[RecordForm]:
    """The form of a model with these fields."""
    return forms.modelform_factory(model, form=base, fields=fields, formfield_callback=form_field)  # type: ignore[return-value]
