"""Filters over a list, made from field names; the search box looks in the resource's search fields."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from mcn.console.generic import display

FLAG = (("True", _("Yes")), ("False", _("No")))


def _of_agency(model: type[models.Model]) -> Any:
    return lambda request: model._default_manager.all()


def filter_of(model: type[models.Model], name: str) -> django_filters.Filter:
    """The filter that suits the field: a choice, a reference of the agency, yes/no, or contained text."""
    field = display.field_of(model, name)
    label = display.label_of(model, name)
    if field is None:
        raise ValueError(f"{model._meta.label} has no field {name} to filter by")
    if field.choices:
        return django_filters.ChoiceFilter(field_name=name, choices=field.choices, empty_label=label, label=label)
    if isinstance(field, models.ForeignKey):
        return django_filters.ModelChoiceFilter(
            field_name=name, queryset=_of_agency(field.related_model), empty_label=label, label=label
        )
    if isinstance(field, models.BooleanField):
        return django_filters.ChoiceFilter(field_name=name, choices=FLAG, empty_label=label, label=label)
    if isinstance(field, models.DateField):
        widget = forms.DateInput(attrs={"type": "date"})
        return django_filters.DateFilter(field_name=name, lookup_expr="gte", label=label, widget=widget)
    return django_filters.CharFilter(
        field_name=name, lookup_expr="icontains", label=label, widget=forms.TextInput(attrs={"placeholder": label})
    )


def filterset_class(model: type[models.Model], filters: Iterable[Any]) -> type[django_filters.FilterSet]:
    """A filter set with these filters: field names, or (name, filter) where a filter is special.

    Made for each request, because labels and empty choices are in the reader's language.
    """
    members: dict[str, Any] = {}
    for entry in filters:
        name, made = (entry, filter_of(model, entry)) if isinstance(entry, str) else entry
        members[name] = made
    return type("Filters", (django_filters.FilterSet,), members)


def search(rows: QuerySet, words: str, fields: Iterable[str]) -> QuerySet:
    """Rows in which every word stands in at least one of the fields."""
    for word in words.split()[:8]:
        condition = Q()
        for field in fields:
            condition |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(condition)
    return rows
