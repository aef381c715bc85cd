"""The VAT inside an invoice: the vectors to the fen, and that both parts always add up."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.settlements.engine.tax.vat import split_gross


@pytest.mark.parametrize(
    ("gross", "rate", "without", "vat"),
    [
        (10100, "0.01", 10000, 100),
        (1000000, "0.01", 990099, 9901),
        (5000000, "0.01", 4950495, 49505),
        (10300000, "0.01", 10198020, 101980),
        (33333333, "0.01", 33003300, 330033),
        (1030000, "0.03", 1000000, 30000),
        (5000000, "0.03", 4854369, 145631),
        (10600000, "0.06", 10000000, 600000),
        (8888888, "0.06", 8385743, 503145),
        (3000000, "0.01", 2970297, 29703),
    ],
)
def test_vectors(gross: int, rate: str, without: int, vat: int) -> None:
    assert split_gross(gross, Decimal(rate)) == (without, vat)


def test_without_tax_all_of_it_is_the_amount() -> None:
    assert split_gross(12345, Decimal(0)) == (12345, 0)


@given(st.integers(1, 10**12), st.integers(0, 1_000_000))
def test_both_parts_add_up_and_no_other_fen_is_nearer(gross: int, millionths: int) -> None:
    rate = Fraction(millionths, 1_000_000)
    without, vat = split_gross(gross, rate)
    assert without + vat == gross
    assert abs(without * (1 + rate) - gross) <= (1 + rate) / 2


def test_a_rate_below_zero_is_none() -> None:
    with pytest.raises(ValueError, match="no rate"):
        split_gross(1, Decimal("-0.01"))
