"""How one field of a record is shown, by what the field is: the same in lists, details and exports."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.console.generic.registry import resource_of
from mcn.console.templatetags import figures
from mcn.console.templatetags.interface import badge
from mcn.core import formats

# Choices that say how far something has come are badges; other choices are plain words.
STATES = {"state", "status", "stage"}
NUMBERS = {"money", "rate", "number"}


def field_of(model: type[models.Model], name: str) -> models.Field | None:
    """The model field behind `name` (which may cross references with __), None for a property or method."""
    *path, last = name.split("__")
    try:
        for step in path:
            model = model._meta.get_field(step).related_model  # type: ignore[assignment]
        field = model._meta.get_field(last)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


def label_of(model: type[models.Model], name: str) -> str:
    """What people call the field: its verbose name, or a property's `short_description`."""
    field = field_of(model, name)
    if field is not None:
        return str(capfirst(field.verbose_name))
    attribute = getattr(model, name, None)
    function = attribute.fget if isinstance(attribute, property) else attribute
    return capfirst(getattr(function, "short_description", None) or name.replace("_", " "))


def kind_of(model: type[models.Model], name: str) -> str:
    """What the field holds: money, rate, choice, reference, flag, day, time, number or text."""
    field = field_of(model, name)
    last = name.rsplit("__", 1)[-1]
    kinds: tuple[tuple[bool, str], ...] = (
        (last.endswith("_fen"), "money"),
        (last.endswith("_rate") or last == "rate", "rate"),
        (bool(getattr(field, "choices", None)), "choice"),
        (isinstance(field, models.ForeignKey), "reference"),
        (isinstance(field, models.BooleanField), "flag"),
        (isinstance(field, models.DateTimeField), "time"),
        (isinstance(field, models.DateField), "day"),
        (isinstance(field, models.IntegerField | models.DecimalField), "number"),
    )
    return next((kind for fits, kind in kinds if fits), "text")


def value_of(record: models.Model, name: str) -> Any:
    """The value itself; a method without arguments is called."""
    value: Any = record
    for step in name.split("__"):
        if value is None:
            return None
        value = getattr(value, step)
    return value() if callable(value) and not isinstance(value, models.Model) else value


def show(record: models.Model, name: str, *, member: Any = None) -> Any:
    """The value for a page. A reference becomes a link where `member` may open it."""
    return show_value(type(record), name, value_of(record, name), member=member)


def show_value(model: type[models.Model], name: str, value: Any, *, member: Any = None) -> Any:
    """`show` for a value already at hand."""
    kind = kind_of(model, name)
    if value is None or value == "":
        return "–"
    if kind == "money":
        return figures.money(value)
    if kind == "rate":
        return figures.percent(value)
    if kind == "choice" and not isinstance(value, list):
        words = choice_label(model, name, value)
        return badge(value, words) if name.rsplit("__", 1)[-1] in STATES else words
    if kind == "flag" or isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, models.Model):
        return link_to(value, member)
    if isinstance(value, list):
        return plain(choice_labels(model, name, value))
    return plain(value)


def choice_labels(model: type[models.Model], name: str, values: list[Any]) -> list[Any]:
    """The words for several choices of a list field; what is none of its choices stays as it is."""
    words = dict(getattr(getattr(field_of(model, name), "base_field", None), "flatchoices", ()))
    return [str(words.get(value, value)) for value in values]


def plain(value: Any) -> Any:
    """Dates, times, numbers and lists as text; anything else as it is."""
    if isinstance(value, datetime):
        return figures.business_time(value)
    if isinstance(value, date):
        return figures.day(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return figures.count(value)
    if isinstance(value, list | tuple):
        return formats.listed(value) or "–"
    return value


def choice_label(model: type[models.Model], name: str, value: Any) -> str:
    """The words for a choice; the code itself where it is none of the choices."""
    field = field_of(model, name)
    return str(dict(field.flatchoices).get(value, value)) if field is not None else str(value)


def link_to(record: models.Model, member: Any) -> Any:
    """The record's name, as a link where a page shows it and the member may open that."""
    target = resource_of(type(record))
    if target is None or member is None or not member.can(target.view_permission):
        return str(record)
    return format_html('<a href="{}">{}</a>', reverse(f"console:{target.slug}-detail", args=[record.pk]), record)


def export_value(model: type[models.Model], name: str, value: Any) -> str:
    """The value for a file: yuan without sign and separators, rates as decimals, ISO dates."""
    kind = kind_of(model, name)
    if value is None:
        return ""
    if kind == "money":
        return formats.yuan(value).replace(",", "").replace(formats.MINUS, "-")
    if kind == "choice" and not isinstance(value, list):
        return choice_label(model, name, value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return figures.business_time(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)
