"""The tax vectors of `tax.json` hold to the fen, with their taxable bases exact (docs/money.md §6)."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from mcn.core.periods import Period
from mcn.settlements.engine.inputs import TaxPayer, TaxRecord, TaxSettings
from mcn.settlements.engine.tax.tables import built_in_tables, table_on
from mcn.settlements.engine.tax.withholding import (
    gross_up,
    labour_cumulative,
    labour_per_payment,
    wages,
    withholding,
)

VECTORS = json.loads((Path(__file__).parent / "tax.json").read_text(encoding="utf-8"))
JULY = Period(2026, 7)
# income per month is in the vectors; employee's social insurance and special deductions per month are these
WAGE_DEDUCTIONS = {
    "W1": ("2250", "1000"),
    "W2": ("2250", "1000"),
    "W3": ("1125", "0"),
    "W4": ("1200", "0"),
    "W5": ("3500", "2000"),
    "W6": ("0", "0"),
    "W7": ("0", "0"),
    "W8": ("2000", "1500"),
    "W9": ("5000", "0"),
}
NON_RESIDENT = [
    ("1000", "24.00"),
    ("3750", "90.00"),
    ("10000", "590.00"),
    ("15000", "990.00"),
    ("30000", "3390.00"),
    ("31250", "3590.00"),
    ("50000", "7590.00"),
    ("100000", "20840.00"),
    ("123456.78", "29284.44"),
]


def fen(text: str) -> int:
    exact = Decimal(text) * 100
    assert exact == int(exact)
    return int(exact)


def table(kind):
    return table_on(built_in_tables(), kind, JULY.start)


def test_every_vector_is_here():
    assert [len(VECTORS["labour_per_payment"]), len(VECTORS["labour_gross_up"])] == [22, 10]
    assert len(VECTORS["labour_cumulative_platform"]) == 10
    assert VECTORS["wages"].keys() == WAGE_DEDUCTIONS.keys()


@pytest.mark.parametrize("vector", VECTORS["labour_per_payment"], ids=lambda v: v["income"])
def test_labour_per_payment(vector):
    found = labour_per_payment(table("labour"), JULY, fen(vector["income"]))
    assert found.base == Fraction(vector["taxable"]) * 100
    assert found.tax == fen(vector["tax"])


@pytest.mark.parametrize("vector", VECTORS["labour_gross_up"], ids=lambda v: v["net"])
def test_labour_gross_up(vector):
    assert gross_up(table("labour"), fen(vector["net"])) == (fen(vector["gross"]), fen(vector["tax"]))


@pytest.mark.parametrize("name", VECTORS["labour_cumulative_platform"])
def test_labour_cumulative_platform(name):
    records = []
    for month in VECTORS["labour_cumulative_platform"][name]:
        period = Period(2026, month["month"])
        income = fen(month["income"])
        found = labour_cumulative(table("labour_cumulative"), period, income, records)
        assert found.income == fen(month["cum_income"])
        assert found.base == Fraction(month["base"]) * 100
        assert found.tax == fen(month["withhold"])
        assert found.withheld_before + found.tax == fen(month["cum_withheld"])
        records.append(TaxRecord(period, "cumulative_platform", income, found.tax))


@pytest.mark.parametrize(
    ("gap_months", "tax"), [("reset", "330.00"), ("income_months", "174.00"), ("calendar", "24.00")]
)
def test_gap_months_of_the_cumulative_method(gap_months, tax):
    """January and February 3,000, nothing in March, 20,000 in April: three readings of "continuously"."""
    records = [
        TaxRecord(Period(2026, 1), "cumulative_platform", fen("3000"), 0),
        TaxRecord(Period(2026, 2), "cumulative_platform", fen("3000"), 0),
        TaxRecord(Period(2026, 3), "cumulative_platform", 0, 0),
    ]
    april = Period(2026, 4)
    found = labour_cumulative(table("labour_cumulative"), april, fen("20000"), records, gap_months)
    assert found.tax == fen(tax)


@pytest.mark.parametrize("name", VECTORS["wages"])
def test_wages(name):
    social, special = map(fen, WAGE_DEDUCTIONS[name])
    payer = TaxPayer("employee", "P", social_insurance=social, special_deductions=special)
    records = []
    for month in VECTORS["wages"][name]:
        period = Period(2026, month["month"])
        income = fen(month["income"])
        found = wages(table("wages"), period, income, payer, records)
        assert max(found.base, 0) == fen(month["cum_base"])
        assert found.tax == fen(month["withhold"])
        assert found.withheld_before + found.tax == fen(month["cum_withheld"])
        records.append(TaxRecord(period, "wages", income, found.tax, social, special))


@pytest.mark.parametrize(("income", "tax"), NON_RESIDENT)
def test_non_resident(income, tax):
    found = withholding(
        period=JULY,
        taxable=fen(income),
        payer=TaxPayer("non_resident", "P"),
        settings=TaxSettings(cumulative_from=JULY),
        earlier=(TaxRecord(JULY.previous, "non_resident", fen(income), fen(tax)),),
        tables=built_in_tables(),
    )
    assert (found.method, found.table, found.income) == ("non_resident", "non-resident-2019", fen(income))
    assert (found.base, found.tax) == (Fraction(fen(income) * 4, 5), fen(tax))


def test_all_of_a_month_is_one_payment_of_a_non_resident_too():
    table_ = table("non_resident")
    first = labour_per_payment(table_, JULY, fen("10000"), (), "non_resident")
    record = TaxRecord(JULY, "non_resident", fen("10000"), first.tax)
    second = labour_per_payment(table_, JULY, fen("20000"), [record], "non_resident")
    assert (first.tax, second.tax) == (fen("590.00"), fen("3390.00") - fen("590.00"))


def test_payments_of_one_month_are_one():
    """3,000 + 3,000 + 20,000 in one month are taxed as 26,000: 4,240.00, not 4,080.00."""
    records = []
    for income in ("3000", "3000", "20000"):
        found = labour_per_payment(table("labour"), JULY, fen(income), records)
        records.append(TaxRecord(JULY, "per_payment", fen(income), found.tax))
    assert [record.withheld for record in records] == [fen("440"), fen("520"), fen("3280")]
    assert sum(record.withheld for record in records) == fen("4240")
