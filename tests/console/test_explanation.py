"""The words of an explanation: exact where a decimal is, marked where it is not."""

import re
from fractions import Fraction

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from mcn.commissions.engine.explain import Step
from mcn.console.templatetags import explanation


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (1512, "¥15.12"),
        (Fraction(907200, 1), "¥9,072.00"),
        (Fraction(3, 2), "¥0.015"),
        (Fraction(-3, 2), "−¥0.015"),
        (Fraction(1, 3), "¥≈ 0.003333"),
    ],
)
def test_amounts(fen: Fraction | int, text: str) -> None:
    assert explanation.exact_money(fen) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Fraction(35, 100), "35 %"), (Fraction(123456, 10**6), "12.3456 %"), (Fraction(1, 3), "≈ 33.333333 %")],
)
def test_rates(rate: Fraction, text: str) -> None:
    assert explanation.exact_percent(rate) == text


def test_every_step_has_words() -> None:
    steps = [
        Step("pool", {"gross": 1680, "fee": 168, "pool": 1512}),
        Step("weight", {"weight": Fraction(6, 10), "part": Fraction(9072, 10)}),
        Step(
            "rule",
            {
                "rule": 1, "contract": "XH-1", "version": 2, "income": "commission", "scope": "sku",
                "scope_value": "S001", "rate": Fraction(35, 100), "tail": False,
            },
        ),
        Step(
            "tier",
            {
                "metric": "net_gmv", "value": Fraction(16793325), "mode": "slab", "step": 2, "up_to": 30000000,
                "rate": Fraction(35, 100),
            },
        ),
        Step("bucket", {"before": 0, "after": 1512, "q": Fraction(21, 100), "rounded_before": 0, "rounded_after": 318}),
        Step("share", {"share": 318}),
        Step(
            "rule",
            {
                "rule": 2, "contract": "XH-1", "version": 2, "income": "commission", "scope": "none",
                "scope_value": "", "rate": Fraction(175, 1000), "tail": True,
            },
        ),
    ]  # fmt: skip
    with translation.override("en"):
        html = " ".join(render_to_string("components/explanation.html", {"steps": steps}).split())
    for words in (
        "pool ¥15.12",
        "60 %",
        "¥9.072 of the pool",
        "Contract XH-1, version 2, Commission · SKU S001: 35 %",
        "Net GMV of the month ¥167,933.25 reaches step 2",
        "each × 21 % and rounded once",
        "Share",
        "Contract XH-1, version 2, Tail commission: 17.5 %",
    ):
        assert words in _plain(html)


def _plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())
