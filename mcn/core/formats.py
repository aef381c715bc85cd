"""How figures are written for people: one place, so that every page, file and sentence shows them alike."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

MINUS = "\N{MINUS SIGN}"


def yuan(fen: int | None) -> str:
    """Fen as yuan with thousands separators and two decimals: 123456 → "1,234.56", -5 → "−0.05".

    `fen` is an integer amount in fen; None (not known) becomes an en dash.
    """
    if fen is None:
        return "–"
    whole, cents = divmod(abs(int(fen)), 100)
    return f"{MINUS if fen < 0 else ''}{whole:,}.{cents:02d}"


def listed(items: Iterable[Any]) -> str:
    """Things one after another as the reader's language separates them: "A, B", in Chinese "A、B"."""
    return pgettext("between the items of a list", ", ").join(str(item) for item in items)


def money(fen: int | None) -> str:
    """Fen as an amount with the currency sign: 123456 → "¥1,234.56", -5 → "−¥0.05"."""
    if fen is None:
        return "–"
    text = yuan(fen)
    return f"{MINUS}¥{text[1:]}" if text.startswith(MINUS) else f"¥{text}"


def percent(rate: Decimal | None, places: int = 2) -> str:
    """An exact rate as a percentage without idle zeros: 0.350000 → "35 %", 0.123450 → "12.345 %".

    At least the digits that are there are shown, up to the six places that rates are kept with (four of
    the percentage); `places` limits them further for glances. None becomes an en dash.
    """
    if rate is None:
        return "–"
    hundred = Decimal(rate) * 100
    exact = hundred.quantize(Decimal(1).scaleb(-4))
    if exact != exact.quantize(Decimal(1).scaleb(-places)):
        places = 4
    text = f"{exact:,.{places}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{text.replace('-', MINUS)} %"


def exact_money(fen: Fraction | int | None) -> str:
    """Fen, also parts of one, as ¥; more than two decimals only where the exact amount has them."""
    if fen is None:
        return "–"
    value = Fraction(fen)
    if value.denominator == 1:
        return money(int(value))
    sign = MINUS if value < 0 else ""
    return f"{sign}¥{_decimal(abs(value) / 100, 6)}"


def exact_percent(rate: Fraction | None) -> str:
    """An exact rate as a percentage: 35 %, or ≈ 33.333333 % where no decimal is exact."""
    return "–" if rate is None else f"{_decimal(Fraction(rate) * 100, 6)} %"


def _decimal(value: Fraction, places: int) -> str:
    """The exact decimal where it has at most `places` places, else the nearest with an ellipsis sign before it."""
    scaled = value * 10**places
    whole = scaled.numerator // scaled.denominator
    text = f"{Decimal(whole).scaleb(-places):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text.replace("-", MINUS)
    return text if scaled.denominator == 1 else f"≈ {text}"


def period(value: Any) -> str:
    """A settlement month in the reader's language: "2026-07" or a date → "2026年7月" / "Jul 2026"."""
    if not value:
        return "–"
    if isinstance(value, str):
        value = date(int(value[:4]), int(value[5:7]), 1)
    months = (
        _("Jan %(year)s"),
        _("Feb %(year)s"),
        _("Mar %(year)s"),
        _("Apr %(year)s"),
        _("May %(year)s"),
        _("Jun %(year)s"),
        _("Jul %(year)s"),
        _("Aug %(year)s"),
        _("Sep %(year)s"),
        _("Oct %(year)s"),
        _("Nov %(year)s"),
        _("Dec %(year)s"),
    )
    return months[value.month - 1] % {"year": value.year}
