"""What would be left of 10,000.00 a month, by how one is paid."""

import pytest
from django.utils import translation

from mcn.anchors.models import Payee
from mcn.core.errors import RuleError
from mcn.settlements.estimate import average_income, estimate
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

TEN_THOUSAND = 1_000_000


def taxes(world: World, kind: str, **more: int) -> list[int]:
    agency = Agency.objects.get(pk=world.id)
    found = estimate(agency=agency, kind=kind, income=TEN_THOUSAND, year=2026, **more)  # type: ignore[arg-type]
    assert [month.net for month in found.months] == [TEN_THOUSAND - month.tax for month in found.months]
    assert str(found.months[0].period) == "2026-01"
    return [month.tax for month in found.months]


def test_labour_is_taxed_payment_by_payment(inside: World) -> None:
    """10,000 × 80 % × 20 %."""
    assert taxes(inside, "labour") == [160_000] * 12


def test_labour_of_a_platform_is_taxed_over_the_year(inside: World) -> None:
    """Each month 10,000 × 80 % − 5,000 = 3,000 at 3 %; the year's 36,000 are still in the first bracket."""
    Agency.objects.filter(pk=inside.id).update(labour_tax="cumulative_platform")
    assert taxes(inside, "labour") == [9_000] * 12


def test_wages_are_taxed_over_the_year(inside: World) -> None:
    """Base 5,000 a month: 3 % up to 36,000, then 10 % less 2,520: 40,000 → 1,480.00 after 8 months."""
    assert taxes(inside, "employee") == [15_000] * 7 + [43_000] + [50_000] * 4
    assert taxes(inside, "employee", social_insurance=200_000, special_deductions=200_000) == [3_000] * 12


@pytest.mark.parametrize(("kind", "own"), [("sole_trader", 675_000), ("company", None), ("labour", None)])
def test_against_an_invoice_nothing_is_withheld(inside: World, kind: str, own: int | None) -> None:
    """A sole trader would owe (120,000 × 20 % − 10,500) ÷ 2 on the year, and pays it without the agency."""
    agency = Agency.objects.get(pk=inside.id)
    found = estimate(agency=agency, kind=kind, income=TEN_THOUSAND, year=2026)  # type: ignore[arg-type]
    assert found.own_tax == own
    if kind != "labour":
        assert found.even
        assert (found.average.tax, found.average.net) == (0, TEN_THOUSAND)


def test_the_mean_month_is_rounded_once(inside: World) -> None:
    """12 × 290.00 = 3,480.00."""
    agency = Agency.objects.get(pk=inside.id)
    found = estimate(agency=agency, kind="employee", income=TEN_THOUSAND, year=2026)
    assert not found.even
    assert (found.average.tax, found.average.net) == (29_000, 971_000)


def on_top(world: World, kind: str, **more: int) -> list[int]:
    """What the agency pays on top of 10,000.00 agreed after tax, month by month."""
    agency = Agency.objects.get(pk=world.id)
    found = estimate(agency=agency, kind=kind, income=TEN_THOUSAND, year=2026, net_of_tax=True, **more)  # type: ignore[arg-type]
    assert [month.net for month in found.months] == [TEN_THOUSAND] * 12
    assert found.average.net == TEN_THOUSAND
    return [month.tax for month in found.months]


def test_labour_agreed_after_tax(inside: World) -> None:
    """10,000 ÷ 0.84 = 11,904.76, of which the tax is 1,904.76."""
    assert on_top(inside, "labour") == [190_476] * 12


def test_labour_of_a_platform_agreed_after_tax(inside: World) -> None:
    """At 3 %: x − (0.8 x − 5,000) × 3 % = 10,000 gives x = 9,850 ÷ 0.976 = 10,092.2131 a month: 92.21. Over n months
    the income before is what was reckoned then, to the fen, so the exact x of the year is n × 10,092.2131."""
    Agency.objects.filter(pk=inside.id).update(labour_tax="cumulative_platform")
    borne = on_top(inside, "labour")
    assert borne[:5] == [9221, 9222, 9221, 9221, 9222]
    assert sum(borne[:11]) == 101_434  # 11 × 92.2131 = 1,014.3443; the base is 33,811.48, still below 36,000


def test_wages_agreed_after_tax(inside: World) -> None:
    """At 3 %: x − (x − 5,000) × 3 % = 10,000 gives x = 9,850 ÷ 0.97 = 10,154.6392: 154.64 on top. Seven such months
    have a base of 36,082.47, above 36,000: x − (x − 35,000) × 10 % + 2,520 = 70,000 gives x = 63,980 ÷ 0.9 =
    71,088.89, of which 60,927.84 were there before: 10,161.05."""
    assert on_top(inside, "employee")[:7] == [15464, 15464, 15464, 15464, 15464, 15464, 16105]


def test_against_an_invoice_there_is_no_tax_to_bear(inside: World) -> None:
    agency = Agency.objects.get(pk=inside.id)
    found = estimate(agency=agency, kind="company", income=TEN_THOUSAND, year=2026, net_of_tax=True)
    assert not found.net_of_tax
    assert (found.average.tax, found.average.net) == (0, TEN_THOUSAND)


def test_what_cannot_be_estimated_is_said(inside: World) -> None:
    agency = Agency.objects.get(pk=inside.id)
    with pytest.raises(RuleError, match="2017-01"):
        estimate(agency=agency, kind="labour", income=1, year=2017)
    with translation.override("en"), pytest.raises(RuleError, match="below 0"):
        estimate(agency=agency, kind="labour", income=-1, year=2026)


def test_the_average_is_of_closed_months(inside: World) -> None:
    """June 35.00, July 7.01; what is open does not count."""
    books = Books(inside)
    books.roster()
    payee = Payee.objects.get(code="A01")
    assert average_income(payee) is None
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    books.event("2", 2003, JULY)
    books.calculate(JULY)
    assert average_income(payee) == 3500
    books.close(JULY)
    assert average_income(payee) == 2101  # 4,201 ÷ 2, half away from zero
