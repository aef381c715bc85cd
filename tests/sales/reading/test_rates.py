"""Rates are exact, and the commission of a rate is R of the product, as everywhere."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.money import R
from mcn.sales.reading.rates import PARTS, UNITS, commission, parse_rate


def one(text: str | None, unit: str) -> int | str | None:
    parsed = parse_rate(pl.Series("rate", [text], dtype=pl.String), unit)
    return (parsed.refused[0] if parsed.refused is not None else None) or parsed.values[0]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("12.5", "percent"),
        ("12.5%", "percent"),
        (" １２.5％ ", "percent"),
        ("0.125", "fraction"),
        (".125", "fraction"),
        ("125", "permille"),
        ("125‰", "permille"),
        ("1250", "basis_points"),
        ("125000", "ppm"),
    ],
)
def test_one_rate_in_every_unit(text: str, unit: str) -> None:
    assert one(text, unit) == PARTS // 8


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("12.5%", "fraction"),
        ("12.5%", "permille"),
        ("125‰", "percent"),
        ("100.000001", "percent"),
        ("1.01", "fraction"),
        ("-1", "percent"),
        ("0.0000001", "percent"),
        ("1e1", "percent"),
        ("1,5", "percent"),
        ("1.2.3", "percent"),
        ("", "percent"),
        ("12.5 yuan", "percent"),
        ("1" * 30, "ppm"),
    ],
)
def test_what_is_no_rate_in_this_unit_is_refused(text: str, unit: str) -> None:
    assert one(text, unit) == ("not_rate" if text else None)


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, PARTS))
def test_commission_is_r_of_the_product(base: int, parts: int) -> None:
    found = pl.DataFrame({"base": [base, None], "rate": [parts, 1]}).select(commission("base", "rate")).to_series()
    assert found.to_list() == [R(Fraction(base * parts, PARTS)), None]


@given(st.integers(0, PARTS), st.sampled_from(sorted(UNITS)))
def test_a_written_rate_is_read_as_it_is(parts: int, unit: str) -> None:
    assert one(f"{Decimal(parts) / PARTS / UNITS[unit]:f}", unit) == parts
