"""Filters that word the steps of an explanation: exact fractions, scopes, metrics."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from mcn.commissions.models import Override, SplitRule
from mcn.core import formats

register = template.Library()


exact_money = register.filter(formats.exact_money)
exact_percent = register.filter(formats.exact_percent)


@register.filter
def scope_words(values: dict[str, Any]) -> str:
    """What a rule is for: `SKU S001`, or all of an income."""
    income = _("Tail commission") if values["tail"] else SplitRule.Income(values["income"]).label
    if values["scope"] == SplitRule.Scope.NONE:
        return str(income)
    return f"{income} · {SplitRule.Scope(values['scope']).label} {values['scope_value']}"


@register.filter
def metric_words(metric: str) -> str:
    """The tier metric's name."""
    return str(SplitRule.Metric(metric).label)


@register.filter
def metric_value(values: dict[str, Any]) -> str:
    """The tier metric's value: a count of orders, or an amount."""
    if values["metric"] == SplitRule.Metric.ORDERS:
        return f"{int(values['value']):,}"
    return exact_money(values["value"])


@register.filter
def mode_words(mode: str) -> str:
    """How tiers count."""
    return str(SplitRule.Mode(mode).label)


@register.filter
def basis_words(basis: str) -> str:
    """What an override is counted on."""
    return str(Override.Basis(basis).label) if basis else _("pool")
