"""Filters that write amounts, rates, periods and times. They return text; colour is the stylesheet's."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mcn.core import formats

register = template.Library()


@register.filter
def money(fen: int | None) -> SafeString:
    """Fen as ¥1,234.56; a negative amount is red and carries a minus."""
    fen = _known(fen)
    return _figure(fen, formats.money(fen))


@register.filter
def yuan(fen: int | None) -> SafeString:
    """Fen as 1,234.56, for columns whose heading says ¥."""
    return _figure(fen, formats.yuan(fen))


@register.filter
def percent(rate: Decimal | None, places: int = 2) -> SafeString:
    """A rate of 0…1 as a percentage."""
    return _figure(rate, formats.percent(rate, places))


@register.filter
def count(number: int | Decimal | None) -> SafeString:
    """A whole number with thousands separators."""
    number = _known(number)
    return _figure(number, "–" if number is None else f"{number:,}".replace("-", formats.MINUS))


@register.filter
def period(value: Any) -> str:
    """ "2026-07" as 2026年7月 or Jul 2026."""
    return formats.period(value)


@register.filter
def business_time(moment: datetime | None, agency: Any = None) -> str:
    """A moment in the agency's time zone: 2026-07-03 19:00."""
    if moment is None:
        return "–"
    zone = agency.zone if agency else timezone.get_current_timezone()
    return f"{timezone.localtime(moment, zone):%Y-%m-%d %H:%M}"


@register.filter
def day(value: date | None) -> str:
    """A date as 2026-07-03, the same in both languages."""
    return "–" if value is None else f"{value:%Y-%m-%d}"


def _known(value: Any) -> Any:
    """A template writes "" for what a mapping lacks; people see an en dash for both."""
    return None if value == "" else value


def _figure(value: Any, text: str) -> SafeString:
    sign = "none" if value is None else "negative" if value < 0 else "zero" if value == 0 else "positive"
    return format_html('<span class="figure figure-{}">{}</span>', sign, text)
