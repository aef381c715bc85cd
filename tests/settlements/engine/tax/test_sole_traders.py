"""The tax that sole traders pay themselves, by the vectors of the law's table with its relief."""

from datetime import date

import pytest

from mcn.settlements.engine.tax.sole_traders import table_of


@pytest.mark.parametrize(
    ("profit", "payable"),
    [
        (0, 0),
        (20_000, 500),
        (30_000, 750),
        (80_000, 3_250),
        (90_000, 3_750),
        (250_000, 19_750),
        (500_000, 54_750),
        (1_000_000, 142_250),
        (2_000_000, 317_250),
        (3_000_000, 667_250),
    ],
)
def test_half_is_waived_up_to_two_million(profit: int, payable: int) -> None:
    table = table_of(date(2026, 12, 31))
    assert table is not None
    assert table.tax(profit * 100) == payable * 100


def test_a_year_without_a_table_has_none() -> None:
    assert table_of(date(2022, 12, 31)) is None
    assert table_of(date(2028, 1, 1)) is None
    assert table_of(date(2027, 12, 31)) is not None
