"""How figures are written."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from mcn.core import formats


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (5, "¥0.05"),
        (-5, "−¥0.05"),
        (123456, "¥1,234.56"),
        (-100_000_000_00, "−¥100,000,000.00"),
        (None, "–"),
    ],
)
def test_money(fen: int | None, text: str) -> None:
    assert formats.money(fen) == text
    assert formats.yuan(fen) == text.replace("¥", "")


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        ("0.350000", "35 %"),
        ("0.123450", "12.345 %"),
        ("0.000001", "0.0001 %"),
        ("1", "100 %"),
        ("-0.05", "−5 %"),
        ("0", "0 %"),
    ],
)
def test_percent(rate: str, text: str) -> None:
    assert formats.percent(Decimal(rate)) == text


def test_period_in_both_languages() -> None:
    with translation.override("zh-hans"):
        assert formats.period("2026-07") == "2026年7月"
        assert formats.period(date(2026, 12, 1)) == "2026年12月"
    with translation.override("en"):
        assert formats.period("2026-07") == "Jul 2026"
        assert formats.period("") == "–"
