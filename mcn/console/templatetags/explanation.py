"""Filters that word the steps of an explanation: exact fractions, scopes, metrics."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template
from django.utils.translation import gettext as _

from mcn.commissions.models import Override, SplitRule
from mcn.core import formats

register = template.Library()


def _text(value: Fraction, places: int) -> str:
    """The exact decimal where it has at most `places` places, else the nearest with an ellipsis sign before it."""
    scaled = value * 10**places
    whole = scaled.numerator // scaled.denominator
    text = f"{Decimal(whole).scaleb(-places):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text.replace("-", formats.MINUS)
    return text if scaled.denominator == 1 else f"≈ {text}"


@register.filter
def exact_money(fen: Fraction | int | None) -> str:
    """Fen, also parts of one, as ¥; more than two decimals only where the exact amount has them."""
    if fen is None:
        return "–"
    value = Fraction(fen)
    if value.denominator == 1:
        return formats.money(int(value))
    sign = formats.MINUS if value < 0 else ""
    return f"{sign}¥{_text(abs(value) / 100, 6)}"


@register.filter
def exact_percent(rate: Fraction | None) -> str:
    """An exact rate as a percentage: 35 %, or ≈ 33.333333 % where no decimal is exact."""
    return "–" if rate is None else f"{_text(Fraction(rate) * 100, 6)} %"


@register.filter
def scope_words(values: dict[str, Any]) -> str:
    """What a rule is for: `SKU S001`, or all of an income."""
    income = SplitRule.Income(values["income"]).label
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
