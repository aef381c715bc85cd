"""The tax ledger: one row per person, month and method, every figure kept by a statement (docs/money.md §6.1)."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mcn.anchors.models import Payee
from mcn.anchors.services import payee_save
from mcn.core.errors import RuleError
from mcn.settlements import tax_ledger, verification
from mcn.settlements.exports.withholding_client import LABOUR_ITEMS, declared
from mcn.settlements.models import Period, Statement
from tests.agencies import World
from tests.settlements.books import JUNE, Books
from tests.settlements.proof_pack import packs
from tests.settlements.taxed import earns, june_and_july, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def months(inside: World) -> tuple[Period, Period]:
    return june_and_july(inside)


def test_the_statements_of_one_person_add_up_to_one_payment(months: tuple[Period, Period]) -> None:
    labour = tax_ledger.persons(months[0])[0]
    assert (labour.method, labour.codes) == ("per_payment", ["A02", "A03", "A04"])
    assert [part.tax for part in labour.parts] == [44000, 52000, 328000]
    assert (labour.income, labour.costs, labour.reckoning.base) == (2600000, 520000, 2080000)
    assert (labour.reckoning.rate, labour.reckoning.quick, labour.reckoning.due) == (Fraction(3, 10), 200000, 424000)
    assert (labour.withheld_before, labour.tax) == (0, 424000)
    assert labour.table is not None
    assert labour.table.code == "labour-2019"
    assert "2018 No. 61" in labour.table.source


def test_labour_pay_and_wages_of_one_person_are_two_rows(months: tuple[Period, Period]) -> None:
    labour, wages = tax_ledger.persons(months[0])
    assert labour.person == wages.person
    assert (wages.method, wages.codes, wages.deductions_of_month) == ("wages", ["A05"], (120000, 0))
    # January to June: 6 × (5,000 + 1,200) comes off 12,000
    assert (wages.income, wages.reckoning.months, wages.reckoning.base, wages.tax) == (1200000, 6, -2520000, 0)
    assert wages.costs == 0


def test_who_pays_the_tax_alone_is_not_in_it(months: tuple[Period, Period]) -> None:
    codes = [code for month in months for row in tax_ledger.persons(month) for code in row.codes]
    assert "A06" not in codes
    assert "A07" in codes


def test_the_year_so_far(months: tuple[Period, Period]) -> None:
    july = {row.codes[0]: row for row in tax_ledger.persons(months[1])}
    year = tax_ledger.year_so_far(months[1])
    lin, mu = july["A02"], july["A07"]
    assert year[lin.person, lin.method] == tax_ledger.YearSoFar(3600000, 424000 + 160000)
    assert year[mu.person, mu.method] == tax_ledger.YearSoFar(50000, 0)
    assert tax_ledger.year_so_far(months[0])[lin.person, lin.method] == tax_ledger.YearSoFar(2600000, 424000)
    assert [(month.code, row.tax) for month, row in tax_ledger.months_of(lin, months[1])] == [
        ("2026-06", 424000),
        ("2026-07", 160000),
    ]


def test_ledger_statements_and_books_agree(months: tuple[Period, Period]) -> None:
    found = tax_ledger.agreement(months[0], tax_ledger.persons(months[0]))
    assert found == tax_ledger.Agreement(424000, 424000, 424000)
    assert found.agrees
    assert not tax_ledger.Agreement(1, 1, 2).agrees
    assert not tax_ledger.Agreement(1, 2, None).agrees


def test_a_month_that_is_not_closed_gives_its_draft(months: tuple[Period, Period], inside: World) -> None:
    draft = Period(code="2026-08", state="calculated")
    draft.save()
    assert tax_ledger.persons(draft) == []
    assert tax_ledger.agreement(draft, []) == tax_ledger.Agreement(0, 0, None)


def test_a_statement_finds_its_person(months: tuple[Period, Period]) -> None:
    second = Statement.objects.select_related("period").get(period__code=JUNE, code="A03")
    found = tax_ledger.person_of(second)
    assert found is not None
    assert found.codes == ["A02", "A03", "A04"]
    trader = Statement.objects.select_related("period").get(period__code=JUNE, code="A06")
    assert tax_ledger.person_of(trader) is None


def test_a_closed_month_names_the_table_that_it_was_reckoned_with(
    months: tuple[Period, Period], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tax_ledger, "built_in_tables", lambda: ())
    assert all(row.table is not None for row in tax_ledger.persons(months[0]))


def test_a_non_resident_is_taxed_by_the_monthly_table_and_is_filed_elsewhere(inside: World, tmp_path: Path) -> None:
    person("A02", legal_name="Ana", id_number="EA1234567", non_resident=True)
    earns("A02", 1000000, JUNE)
    june = Books(inside).close(JUNE)
    (row,) = tax_ledger.persons(june)
    assert (row.method, row.costs, row.reckoning.base, row.tax) == ("non_resident", 200000, 800000, 59000)
    assert row.table is not None
    assert row.table.code == "non-resident-2019"
    assert Statement.objects.get().kind == "labour"
    assert declared(june, set(LABOUR_ITEMS)) == []
    assert verification.verify()["differences"] == 0
    packed = packs.build(JUNE, tmp_path / "pack.zip")
    assert packs.verify(tmp_path / "pack.zip", "--sha256", packed.sha256)[0] == 0


def test_only_labour_pay_can_be_of_a_non_resident(inside: World) -> None:
    values: dict[str, Any] = {"actor": None, "code": "A02", "name": "Ana", "legal_name": "Ana"}
    payee_save(**values, kind="labour", non_resident=True)
    with pytest.raises(RuleError):
        payee_save(**values, kind="company")
    assert payee_save(**values, kind="company", non_resident=False)[0].kind == "company"
    with pytest.raises(IntegrityError), transaction.atomic():
        Payee.objects.filter(code="A02").update(non_resident=True)
