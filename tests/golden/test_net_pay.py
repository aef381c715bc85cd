"""Pay agreed after tax (docs/money.md §6, 7). Every figure is worked out by hand from the tables, as comments say."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.commissions.engine.results import PayeeTotals
from mcn.core.money import fen_from_yuan as fen
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import Advance, Guarantee, PayeeInputs, TaxPayer, TaxRecord, TaxSettings
from mcn.settlements.engine.statement import settle_payee
from mcn.settlements.engine.tax.tables import built_in_tables
from mcn.settlements.engine.tax.withholding import withholding, withholding_on_top

JANUARY, FEBRUARY, MARCH = (Period(2026, month) for month in (1, 2, 3))
TABLES = built_in_tables()
LABOUR, EMPLOYEE, ABROAD = (TaxPayer(kind, "P") for kind in ("labour", "employee", "non_resident"))
USUAL, PLATFORM = TaxSettings(), TaxSettings(JANUARY)


def on_top(net: str, payer=LABOUR, *, period=JANUARY, settings=USUAL, earlier=()):
    """Tax of a net in yuan."""
    return withholding_on_top(
        net=fen(net), period=period, payer=payer, settings=settings, earlier=earlier, tables=TABLES
    ).tax


@pytest.mark.parametrize(
    ("net", "tax"),
    [
        ("0", "0"),
        ("800.00", "0"),
        ("800.01", "0"),  # 0.01 ÷ 0.8 + 800 = 800.0125
        ("800.02", "0.01"),  # 800.025: both 800.02 and 800.03 leave 800.02
        ("3360.03", "640.01"),  # ÷ 0.84 = 4,000.0357: both 4,000.03 and 4,000.04 leave 3,360.03
        ("21000.00", "4000.00"),
        ("21000.01", "4000.00"),  # (21,000.01 − 2,000) ÷ 0.76 = 25,000.0132: the next bracket
        ("49500.00", "13000.00"),
        ("49500.01", "13000.00"),  # (49,500.01 − 7,000) ÷ 0.68 = 62,500.0147
    ],
)
def test_labour_at_the_bounds(net, tax):
    assert on_top(net) == fen(tax)


def test_labour_after_other_pay_of_the_month():
    """3,000.00 before tax bore 440.00: 10,000 + 2,560 = 12,560 ÷ 0.84 = 14,952.38, of which 11,952.38 is new."""
    before = TaxRecord(JANUARY, "per_payment", fen("3000"), fen("440"))
    assert on_top("10000", earlier=[before]) == fen("1952.38")


@pytest.mark.parametrize(("net", "tax"), [("9410.00", "590.00"), ("26610.00", "3390.00")])
def test_a_non_resident(net, tax):
    """10,000.00 and 30,000.00 before tax, by the monthly table."""
    assert on_top(net, ABROAD) == fen(tax)


def test_wages_of_two_months():
    """0.97 × G + 150 = 10,000: G = 10,154.64; both months 0.97 × G + 300 = 20,000: 20,309.28."""
    assert on_top("10000", EMPLOYEE) == fen("154.64")
    january = TaxRecord(JANUARY, "wages", fen("10154.64"), fen("154.64"))
    assert on_top("10000", EMPLOYEE, period=FEBRUARY, earlier=[january]) == fen("154.64")


@pytest.mark.parametrize(
    ("net", "social", "special", "tax"),
    [
        ("41000", "0", "0", "1200.00"),  # 0.9 × G + 500 + 2,520: G = 42,200, in the second bracket
        ("10000", "2250", "1000", "54.12"),  # 0.97 × G + 247.50: G = 10,054.12
        ("5000", "0", "0", "0"),
    ],
)
def test_wages_by_deductions(net, social, special, tax):
    payer = replace(EMPLOYEE, social_insurance=fen(social), special_deductions=fen(special))
    assert on_top(net, payer) == fen(tax)


def test_platform_method():
    """0.976 × G + 150 = 10,000: G = 10,092.21."""
    assert on_top("10000", settings=PLATFORM) == fen("92.21")


@pytest.mark.parametrize(
    ("net", "tax"),
    [
        ("3000", "0"),  # due on 28,000: 222.00, less than the 300.00 withheld before
        ("8000", "43.03"),  # 0.976 × G + 450 = 8,000 + 25,000 − 300: G = 33,043.03
    ],
)
def test_what_was_withheld_before_is_used_up_first(net, tax):
    records = [
        TaxRecord(JANUARY, "cumulative_platform", fen("5000"), 0),
        TaxRecord(FEBRUARY, "cumulative_platform", fen("20000"), fen("300")),
    ]
    assert on_top(net, period=MARCH, settings=PLATFORM, earlier=records) == fen(tax)


@pytest.mark.parametrize("kind", ["company", "sole_trader"])
def test_nothing_comes_on_top_where_nothing_is_withheld(kind):
    assert on_top("10000", TaxPayer(kind, "P")) == 0


AMOUNTS = st.integers(0, 30_000_000)


@given(
    st.sampled_from([LABOUR, EMPLOYEE, ABROAD]),
    st.sampled_from([TaxSettings(), PLATFORM, replace(PLATFORM, labour_gap_months="calendar")]),
    AMOUNTS,
    st.lists(st.tuples(st.sampled_from([JANUARY, FEBRUARY, MARCH]), AMOUNTS, st.fractions(0, 1)), max_size=4),
)
def test_whatever_was_paid_before_exactly_the_net_is_left(payer, settings, net, history):
    law = {"period": MARCH, "payer": payer, "settings": settings, "tables": TABLES}
    method = withholding(taxable=0, earlier=(), **law).method
    earlier = [TaxRecord(period, method, income, int(income * part)) for period, income, part in history]
    tax = withholding_on_top(net=net, earlier=earlier, **law)
    assert tax == withholding(taxable=net + tax.tax, earlier=earlier, **law)
    assert (net > 0) or tax.tax == 0


def settled(earned: str, **values):
    payee = PayeeInputs(
        "A01", "小鹿", LABOUR, True, PayeeTotals("A01", commission_share=fen(earned)), net_of_tax=True, **values
    )
    return settle_payee(JANUARY, payee, TaxSettings(), (), TABLES)


def test_the_statement_grosses_up():
    found = settled("10000")
    figures = (found.earned, found.tax_borne, found.taxable, found.tax, found.net_pay)
    assert figures == tuple(map(fen, ("10000.00", "1904.76", "11904.76", "1904.76", "10000.00")))


def test_guarantee_and_advances_are_agreed_after_tax_too():
    """Guaranteed 15,000 net: ÷ 0.84 = 17,857.14. The advance takes 30 % of the 10,000 earned."""
    advance = Advance("ADV1", date(2026, 1, 10), fen("6000"), Fraction("0.30"))
    found = settled("10000", guarantee=Guarantee(fen("15000")), advances=(advance,))
    assert (found.tax_borne, found.advance_recouped) == (fen("2857.14"), fen("3000"))
    assert (found.taxable, found.net_pay) == (fen("17857.14"), fen("12000"))


def test_an_advance_that_was_taxed_when_paid_lowers_the_net_that_is_grossed_up():
    """10,000 − 3,000 = 7,000 ÷ 0.84 = 8,333.33."""
    advance = Advance("ADV1", date(2026, 1, 10), fen("6000"), Fraction("0.30"), taxed_when_paid=True)
    found = settled("10000", advances=(advance,))
    assert (found.taxable, found.tax_borne, found.net_pay) == tuple(map(fen, ("8333.33", "1333.33", "7000")))


def test_a_debt_bears_no_tax():
    found = settled("-500")
    assert (found.taxable, found.tax_borne, found.net_pay, found.carried_forward) == (0, 0, 0, -50_000)
