"""Money: whole fen, exact rates, and the one rounding rule of the product.

Amounts are integer fen, rates are exact decimals in [0, 1] with at most six places, and nothing here accepts
a float. `R` is the only rounding rule (docs/money.md §0); every other module that needs a whole fen calls it.
"""

import re
from decimal import Decimal
from fractions import Fraction

FEN_PER_YUAN = 100
RATE_PLACES = 6
LARGEST_FEN = 10**16  # 100 trillion yuan: far above any real amount, far below the limit of a bigint

_YUAN = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]+))?")
_RATE = re.compile(r"[0-9]+(?:\.(?P<part>[0-9]+))?")

MESSAGES = {
    "not_text": "an amount or rate must be written as text, never as a binary number",
    "not_an_amount": "is not an amount in yuan such as 1234.56",
    "too_many_decimals": "has more than two decimals; a fen is the smallest amount",
    "too_large": "is larger than any amount this system counts",
    "not_a_rate": "is not a decimal rate such as 0.35",
    "rate_out_of_range": "is not between 0 and 1",
    "rate_too_fine": "has more than six decimals",
}


class MoneyError(ValueError):
    """Text that is no amount or no rate. `code` is a key of `MESSAGES`, so that a caller can say it in any
    language.
    """

    def __init__(self, code: str, value: object) -> None:
        self.code = code
        self.value = value
        super().__init__(f"{value!r}: {MESSAGES[code]}")


def R(x: Fraction | Decimal | int) -> int:  # noqa: N802 - the name the contract gives it
    """Round an exact amount of fen to a whole fen, half away from zero (docs/money.md §0).

    Raises TypeError for floats and booleans: they are never money.
    """
    if isinstance(x, bool) or not isinstance(x, (int, Fraction, Decimal)):
        raise TypeError(f"R takes an int, Fraction or Decimal, not {type(x).__name__}")
    if isinstance(x, int):
        return x
    numerator, denominator = x.as_integer_ratio()
    return round_ratio(numerator, 1, denominator)


def round_ratio(amount: int, numerator: int, denominator: int) -> int:
    """R(amount × numerator / denominator) in integers only, the form the set-based calculation uses as well.

    Raises ZeroDivisionError when the denominator is 0.
    """
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    product = amount * numerator
    whole = (2 * abs(product) + denominator) // (2 * denominator)
    return whole if product >= 0 else -whole


def fen_from_yuan(text: str | Decimal) -> int:
    """Fen of an amount in yuan written as text ("12.34", "-5", "0.5").

    Raises MoneyError for more than two decimals, exponents, signs other than a leading minus, separators and
    anything that is no text; trailing zeros beyond the second decimal are more than two decimals too.
    """
    if isinstance(text, Decimal):
        text = str(text)
    if not isinstance(text, str):
        raise MoneyError("not_text", text)
    found = _YUAN.fullmatch(text.strip())
    if found is None:
        raise MoneyError("not_an_amount", text)
    part = found["part"] or ""
    if len(part) > 2:
        raise MoneyError("too_many_decimals", text)
    if len(found["whole"].lstrip("0")) > 14:
        raise MoneyError("too_large", text)
    fen = int(found["whole"]) * FEN_PER_YUAN + int(part.ljust(2, "0"))
    return -fen if found["sign"] else fen


def yuan(fen: int) -> str:
    """Text of an amount in yuan with two decimals and no separators: 123456 → "1234.56"."""
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise TypeError(f"an amount is a whole number of fen, not {type(fen).__name__}")
    whole, part = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{whole}.{part:02d}"


def decimal_text(number: Decimal) -> str:
    """An exact decimal as people write it, without trailing zeros or exponent: 0.350000 → "0.35"."""
    return f"{number.normalize():f}"


def rate_from_text(text: str | Decimal) -> Decimal:
    """Exact rate in [0, 1] with at most six places, from a decimal text ("0.35").

    Raises MoneyError for percent signs, exponents, floats, more than six places and values outside [0, 1].
    """
    if isinstance(text, Decimal):
        text = str(text)
    if not isinstance(text, str):
        raise MoneyError("not_text", text)
    text = text.strip()
    found = _RATE.fullmatch(text)
    if found is None:
        # a well-formed negative number is a rate out of range, not a misspelt one
        raise MoneyError("rate_out_of_range" if _YUAN.fullmatch(text) else "not_a_rate", text)
    if len((found["part"] or "").rstrip("0")) > RATE_PLACES:
        raise MoneyError("rate_too_fine", text)
    rate = Decimal(text)
    if rate > 1:
        raise MoneyError("rate_out_of_range", text)
    return rate
