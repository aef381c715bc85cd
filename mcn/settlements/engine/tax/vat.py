"""Value-added tax inside an invoice's gross amount. Fen."""

from decimal import Decimal
from fractions import Fraction

from mcn.core.money import R


def split_gross(gross: int, rate: Decimal | Fraction) -> tuple[int, int]:
    """Amount without tax and VAT of a gross amount in fen at a rate: R(gross ÷ (1 + rate)), and the rest.

    The two always add up. Raises ValueError for a rate below 0.
    """
    if rate < 0:
        raise ValueError(f"{rate} is no rate")
    without = R(gross / (1 + Fraction(rate)))
    return without, gross - without
