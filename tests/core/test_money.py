"""Whole fen, exact rates and the one rounding rule (docs/money.md §0)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.money import MESSAGES, MoneyError, R, decimal_text, fen_from_yuan, rate_from_text, round_ratio, yuan

FRACTIONS = st.fractions(min_value=-(10**12), max_value=10**12, max_denominator=10**9)
FEN = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("exact", "fen"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(-5, 2), -3),
        (Fraction(49, 100), 0),
        (Fraction(-49, 100), 0),
        (Decimal("0.5"), 1),
        (Decimal("-0.5"), -1),
        (Decimal("2.4999999999999999999999999999"), 2),
        (Decimal("1E+2"), 100),
        (7, 7),
        (-7, -7),
        (0, 0),
    ],
)
def test_rounds_half_away_from_zero(exact, fen):
    assert R(exact) == fen


@pytest.mark.parametrize("value", [0.5, True, "1", None])
def test_refuses_what_is_no_exact_number(value):
    with pytest.raises(TypeError):
        R(value)


@given(FRACTIONS)
def test_is_the_nearest_fen(exact):
    assert abs(R(exact) - exact) <= Fraction(1, 2)
    if abs(exact - int(exact)) == Fraction(1, 2):
        assert abs(R(exact)) > abs(exact)


@given(FRACTIONS)
def test_is_odd(exact):
    assert R(-exact) == -R(exact)


@given(FRACTIONS, FRACTIONS)
def test_never_changes_an_order(one, other):
    assert (R(one) <= R(other)) or one > other


@given(FRACTIONS, st.integers(-(10**12), 10**12))
def test_whole_fen_pass_through_where_signs_agree(exact, fen):
    if (exact >= 0) == (fen >= 0):
        assert R(exact + fen) == R(exact) + fen


@given(FEN, st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9).filter(bool))
def test_ratio_is_the_same_rounding(amount, numerator, denominator):
    assert round_ratio(amount, numerator, denominator) == R(Fraction(amount * numerator, denominator))


def test_ratio_over_nothing_is_an_error():
    with pytest.raises(ZeroDivisionError):
        round_ratio(1, 1, 0)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12.34", 1234),
        ("12.3", 1230),
        ("12", 1200),
        ("0.05", 5),
        ("-0.05", -5),
        ("-12.34", -1234),
        ("007.10", 710),
        (" 5.00 ", 500),
        ("99999999999999.99", 9_999_999_999_999_999),
        (Decimal("12.34"), 1234),
        (Decimal("-3"), -300),
    ],
)
def test_reads_yuan(text, fen):
    assert fen_from_yuan(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12.345", "too_many_decimals"),
        ("12.340", "too_many_decimals"),
        ("1e3", "not_an_amount"),
        ("1E+3", "not_an_amount"),
        (Decimal("1E+3"), "not_an_amount"),
        ("1,234.00", "not_an_amount"),
        ("¥5", "not_an_amount"),
        ("+5", "not_an_amount"),
        (".5", "not_an_amount"),
        ("5.", "not_an_amount"),
        ("--5", "not_an_amount"),
        ("", "not_an_amount"),
        ("１２", "not_an_amount"),
        ("nan", "not_an_amount"),
        ("100000000000000.00", "too_large"),
        (12.34, "not_text"),
        (12, "not_text"),
        (None, "not_text"),
        (True, "not_text"),
    ],
)
def test_refuses_what_is_no_amount(text, code):
    with pytest.raises(MoneyError) as refused:
        fen_from_yuan(text)
    assert refused.value.code == code
    assert MESSAGES[code] in str(refused.value)
    assert repr(text) in str(refused.value) or str(text) in str(refused.value)


@given(FEN)
def test_yuan_and_back(fen):
    assert fen_from_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(
    ("fen", "text"), [(123456, "1234.56"), (-5, "-0.05"), (0, "0.00"), (-100, "-1.00"), (7, "0.07")]
)
def test_writes_yuan(fen, text):
    assert yuan(fen) == text


@pytest.mark.parametrize("value", [1.0, True, Decimal("1"), "1"])
def test_writes_only_whole_fen(value):
    with pytest.raises(TypeError):
        yuan(value)


@pytest.mark.parametrize("text", ["0", "1", "0.35", "0.123456", "1.000000", "0.5000000"])
def test_reads_rates(text):
    assert rate_from_text(text) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.000001", "rate_out_of_range"),
        ("35", "rate_out_of_range"),
        ("-0.1", "rate_out_of_range"),
        ("0.1234567", "rate_too_fine"),
        ("35%", "not_a_rate"),
        ("3e-1", "not_a_rate"),
        ("", "not_a_rate"),
        (".5", "not_a_rate"),
        (0.35, "not_text"),
        (1, "not_text"),
    ],
)
def test_refuses_what_is_no_rate(text, code):
    with pytest.raises(MoneyError) as refused:
        rate_from_text(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("number", "text"), [("0.350000", "0.35"), ("0", "0"), ("0.000", "0"), ("1E+2", "100"), ("-1.50", "-1.5")]
)
def test_a_decimal_is_written_without_zeros_and_exponent(number, text):
    assert decimal_text(Decimal(number)) == text
