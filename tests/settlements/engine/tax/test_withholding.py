"""Tax to withhold (docs/money.md §6); the numbers themselves are golden tests."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.periods import Period
from mcn.settlements.engine.inputs import TaxPayer, TaxRecord, TaxSettings
from mcn.settlements.engine.tax.tables import NoTaxTable, built_in_tables, table_on
from mcn.settlements.engine.tax.withholding import (
    gross_up,
    labour_cumulative,
    labour_per_payment,
    method_of,
    wages,
    withholding,
)

JULY = Period(2026, 7)
LABOUR = TaxPayer("labour", "P")
DEFAULTS = TaxSettings()
TABLES = built_in_tables()
WAGES = table_on(TABLES, "wages", JULY.start)
LABOUR_TABLE = table_on(TABLES, "labour", JULY.start)
CUMULATIVE = table_on(TABLES, "labour_cumulative", JULY.start)


def withheld(taxable: int, payer: TaxPayer = LABOUR, settings: TaxSettings = DEFAULTS, earlier=(), period=JULY):
    return withholding(period=period, taxable=taxable, payer=payer, settings=settings, earlier=earlier, tables=TABLES)


def test_every_table_names_its_source_and_validity():
    for table in TABLES:
        assert "20" in table.source
        assert table.valid_from <= JULY.start
        assert [bracket.up_to is None for bracket in table.brackets] == [False] * (len(table.brackets) - 1) + [True]


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.code)
def test_tax_is_continuous_at_every_bound(table):
    """The quick deductions are right only if the tax does not jump."""
    for lower, upper in zip(table.brackets, table.brackets[1:], strict=False):
        assert lower.up_to * lower.rate - lower.quick == lower.up_to * upper.rate - upper.quick


def test_without_a_table_there_is_no_tax_to_guess():
    with pytest.raises(NoTaxTable, match="labour tax table is valid on 2018-07-31"):
        withheld(100, period=Period(2018, 7))
    with pytest.raises(NoTaxTable, match="labour_cumulative"):
        withheld(100, settings=TaxSettings(cumulative_from=Period(2025, 9)), period=Period(2025, 9))


def test_two_tables_of_one_date_are_a_mistake():
    with pytest.raises(ValueError, match="several labour"):
        table_on((*TABLES, LABOUR_TABLE), "labour", JULY.start)


def test_a_table_ends_before_its_last_day():
    old = replace(LABOUR_TABLE, code="old", valid_until=date(2026, 7, 1))
    new = replace(LABOUR_TABLE, code="new", valid_from=date(2026, 7, 1))
    assert table_on((old, new), "labour", date(2026, 6, 30)).code == "old"
    assert table_on((old, new), "labour", date(2026, 7, 1)).code == "new"


@pytest.mark.parametrize(
    ("kind", "since", "method"),
    [
        ("labour", None, "per_payment"),
        ("labour", Period(2026, 8), "per_payment"),
        ("labour", Period(2026, 7), "cumulative_platform"),
        ("non_resident", None, "non_resident"),
        ("non_resident", Period(2026, 7), "non_resident"),
        ("employee", Period(2026, 1), "wages"),
        ("sole_trader", None, None),
        ("company", None, None),
    ],
)
def test_methods(kind, since, method):
    assert method_of(TaxPayer(kind, "P"), JULY, TaxSettings(since)) == method


@pytest.mark.parametrize("kind", ["sole_trader", "company"])
def test_who_taxes_themselves_is_paid_in_full(kind):
    assert withheld(1_000_000, TaxPayer(kind, "P")).tax == 0


@given(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=6))
def test_labour_in_parts_is_taxed_as_the_whole(parts):
    records = []
    for part in parts:
        found = withheld(part, earlier=records)
        records.append(TaxRecord(JULY, "per_payment", part, found.tax))
    assert sum(record.withheld for record in records) == labour_per_payment(LABOUR_TABLE, JULY, sum(parts)).tax


def test_another_month_is_another_payment():
    june = TaxRecord(Period(2026, 6), "per_payment", 5_000_000, 1_000_000)
    assert withheld(100_000, earlier=[june]).tax == withheld(100_000).tax == 4_000


def test_records_of_another_method_do_not_count():
    settings = TaxSettings(cumulative_from=JULY)
    june = TaxRecord(Period(2026, 6), "per_payment", 5_000_000, 1_000_000)
    found = withheld(1_000_000, settings=settings, earlier=[june])
    assert (found.months, found.income, found.tax) == (1, 1_000_000, 9_000)


@given(st.integers(0, 20_000_000), st.integers(0, 20_000_000))
def test_more_income_is_never_taxed_less(one, other):
    low, high = sorted([one, other])
    for tax in (
        lambda income: labour_per_payment(LABOUR_TABLE, JULY, income).tax,
        lambda income: labour_cumulative(CUMULATIVE, JULY, income).tax,
        lambda income: wages(WAGES, JULY, income, TaxPayer("employee", "P")).tax,
    ):
        assert tax(low) <= tax(high) <= high


@given(st.integers(0, 50_000_000))
def test_gross_up_gives_the_agreed_net(net):
    gross, tax = gross_up(LABOUR_TABLE, net)
    assert gross - tax == net
    assert abs(labour_per_payment(LABOUR_TABLE, JULY, gross).tax - tax) <= 1


class TestCumulativeLabour:
    """Months of the year with labour pay."""

    @staticmethod
    def record(month: int, income: int = 1_000_000, withheld: int = 9_000, year: int = 2026) -> TaxRecord:
        return TaxRecord(Period(year, month), "cumulative_platform", income, withheld)

    def test_a_new_year_starts_again(self):
        january = Period(2026, 1)
        found = labour_cumulative(CUMULATIVE, january, 1_000_000, [self.record(12, year=2025)])
        assert (found.months, found.withheld_before) == (1, 0)

    def test_a_second_statement_of_the_month_adds_no_month(self):
        records = [self.record(6), self.record(7)]
        found = labour_cumulative(CUMULATIVE, JULY, 1_000_000, records)
        assert (found.months, found.income, found.withheld_before) == (2, 3_000_000, 18_000)

    @pytest.mark.parametrize(("gap", "months"), [("reset", 1), ("income_months", 2), ("calendar", 3)])
    def test_a_gap(self, gap, months):
        assert labour_cumulative(CUMULATIVE, JULY, 1, [self.record(5)], gap).months == months

    @pytest.mark.parametrize("gap", ["reset", "income_months", "calendar"])
    def test_the_first_month(self, gap):
        assert labour_cumulative(CUMULATIVE, JULY, 1, [], gap).months == 1

    def test_what_was_withheld_before_a_reset_is_gone_with_its_income(self):
        found = labour_cumulative(CUMULATIVE, JULY, 1_000_000, [self.record(5)], "reset")
        assert (found.income, found.withheld_before, found.tax) == (1_000_000, 0, 9_000)


class TestWages:
    """Months since January or the start of employment."""

    @pytest.mark.parametrize(
        ("employed_from", "months"),
        [
            (None, 7),
            (date(2020, 3, 1), 7),
            (date(2026, 1, 31), 7),
            (date(2026, 6, 30), 2),
            (date(2026, 7, 31), 1),
            (date(2026, 9, 1), 1),
        ],
    )
    def test_months(self, employed_from, months):
        payer = TaxPayer("employee", "P", 100_000, 50_000, employed_from)
        found = wages(WAGES, JULY, 5_000_000, payer)
        assert found.months == months
        assert found.deductions == months * (500_000 + 150_000)

    def test_a_month_deducts_what_it_was_reckoned_with(self):
        earlier = [TaxRecord(Period(2026, 6), "wages", 1_000_000, 0, 20_000, 10_000)]
        payer = TaxPayer("employee", "P", 100_000, 50_000, date(2026, 5, 1))
        found = wages(WAGES, JULY, 1_000_000, payer, earlier)
        assert found.deductions == 3 * 500_000 + 30_000 + 2 * 150_000
        assert found.income == 2_000_000

    def test_a_second_statement_of_the_month_deducts_once(self):
        payer = TaxPayer("employee", "P", 100_000, 0, date(2026, 7, 1))
        first = wages(WAGES, JULY, 1_000_000, payer)
        record = TaxRecord(JULY, "wages", 1_000_000, first.tax, 100_000, 0)
        second = wages(WAGES, JULY, 1_000_000, payer, [record])
        assert second.deductions == first.deductions == 600_000
        assert first.tax + second.tax == wages(WAGES, JULY, 2_000_000, payer).tax

    def test_records_before_the_employment_do_not_count(self):
        earlier = [TaxRecord(Period(2026, 3), "wages", 1_000_000, 5_000)]
        payer = TaxPayer("employee", "P", employed_from=date(2026, 7, 1))
        found = wages(WAGES, JULY, 1_000_000, payer, earlier)
        assert (found.income, found.withheld_before) == (1_000_000, 0)

    def test_a_negative_result_withholds_nothing(self):
        earlier = [TaxRecord(Period(2026, 6), "wages", 2_000_000, 45_000)]
        payer = TaxPayer("employee", "P", employed_from=date(2026, 6, 1))
        assert wages(WAGES, JULY, 300_000, payer, earlier).tax == 0


def test_never_more_than_there_is():
    """Too little was withheld before; the rest cannot come out of a small month."""
    earlier = [TaxRecord(Period(2026, 6), "wages", 10_000_000, 0)]
    payer = TaxPayer("employee", "P", employed_from=date(2026, 6, 1))
    found = withheld(1_000, payer, earlier=earlier)
    assert found.tax == 1_000
    assert found.due > 1_000
    assert found.rate == Fraction("0.10")
