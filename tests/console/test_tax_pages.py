"""The tax ledger on the console, and who is offered which tax file."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.jobs.models import Job
from mcn.settlements.models import Account, Period, Statement
from tests.agencies import World, make_world
from tests.console.sold import seen
from tests.settlements.books import JULY, JUNE
from tests.settlements.taxed import june_and_july

Clients = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def closed(world: World) -> World:
    with world.open():
        june_and_july(world)
    return world


def text(client: Client, world: World, path: str = "") -> str:
    answer = client.get(f"{world.console}/tax/{path}")
    assert answer.status_code == 200
    return seen(answer.text)


def statement(world: World, code: str, period: str = JUNE) -> int:
    with world.open():
        return Statement.objects.get(code=code, period__code=period).pk


def test_without_a_month_the_page_says_what_to_do(world: World, client_of: Clients) -> None:
    assert "No month is calculated" in text(client_of(Role.FINANCE), world)


def test_a_month_by_person_with_the_year_and_what_agrees(closed: World, client_of: Clients) -> None:
    page = text(client_of(Role.AUDITOR), closed, f"?month={JUNE}")
    assert "¥4,240.00 : ledger, statements and tax payable of the books agree to the fen." in page
    assert "林小鹿 A02, A03, A04 Labour remuneration, per payment ¥26,000.00 ¥20,800.00 30 % ¥4,240.00" in page
    assert "林小鹿 A05 Wages, cumulative ¥12,000.00 −¥25,200.00 3 % ¥0.00" in page
    july = text(client_of(Role.FINANCE), closed)  # the latest closed month
    assert "¥10,000.00 ¥8,000.00 20 % ¥1,600.00 ¥36,000.00 ¥5,840.00" in july


def test_a_difference_is_named_with_all_figures(
    closed: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcn.settlements.tax_ledger.Account", SimpleNamespace(TAX_PAYABLE=Account.BANK))
    page = text(client_of(Role.FINANCE), closed, f"?month={JUNE}")
    assert "The tax does not agree: ¥4,240.00 in this ledger, ¥4,240.00 in the statements, ¥0.00 in tax payable" in page


def test_a_draft_says_so(closed: World, client_of: Clients) -> None:
    with closed.open():
        Period.objects.create(code="2026-08", state="calculated", calculated_at="2026-09-01T00:00:00Z")
    page = text(client_of(Role.FINANCE), closed, "?month=2026-08")
    assert "This month is not closed" in page
    assert "Nobody is taxed here" in page


def test_how_the_tax_of_a_person_came_about(closed: World, client_of: Clients) -> None:
    page = text(client_of(Role.FINANCE), closed, f"{JUNE}/{statement(closed, 'A03')}/")
    for step in (
        "1 Income taxed together all statements of the month ¥26,000.00",
        "2 − costs 20 % ¥5,200.00",
        "3 = taxable amount ¥20,800.00",
        "4 × rate − quick deduction labour-2019 · 个人所得税扣缴申报管理办法（试行）",
        "30 % − ¥2,000.00",
        "5 = tax due rounded once, to the fen ¥4,240.00",
        "6 = tax of the month ¥4,240.00",
        "nA04 A04 ¥20,000.00 ¥3,280.00",
    ):
        assert step in page
    wages = text(client_of(Role.FINANCE), closed, f"{JUNE}/{statement(closed, 'A05')}/")
    assert "basic deduction for 6 months; social insurance and special deductions, this month ¥1,200.00 and" in wages
    year = text(client_of(Role.FINANCE), closed, f"{JULY}/{statement(closed, 'A02', JULY)}/")
    assert "Jun 2026 ¥26,000.00 ¥4,240.00 Jul 2026 ¥10,000.00 ¥1,600.00 Total ¥36,000.00 ¥5,840.00" in year


def test_a_small_income_has_flat_costs(closed: World, client_of: Clients) -> None:
    page = text(client_of(Role.FINANCE), closed, f"{JULY}/{statement(closed, 'A07', JULY)}/")
    assert "− costs flat, for income up to ¥4,000.00 ¥500.00" in page


def test_what_is_no_taxed_statement_is_not_found(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    for path in (f"{JUNE}/{statement(closed, 'A06')}/", f"{JULY}/{statement(closed, 'A03')}/", f"{JUNE}/999999999/"):
        assert client.get(f"{closed.console}/tax/{path}").status_code == 404


def test_files_with_identity_numbers_are_offered_to_who_may_reveal_them(closed: World, client_of: Clients) -> None:
    assert "Tax filing, labour pay" in seen(client_of(Role.FINANCE).get(f"{closed.console}/jobs/").text)
    page = seen(client_of(Role.AUDITOR).get(f"{closed.console}/jobs/").text)
    assert "Tax ledger" in page
    assert "Tax filing" not in page
    order = {"period": JUNE, "what": ["tax-labour"], "formats": ["xlsx"]}
    assert client_of(Role.AUDITOR).post(f"{closed.console}/jobs/export/", order).status_code == 422
    refused = client_of(Role.FINANCE).post(f"{closed.console}/jobs/export/", order | {"period": JULY}, follow=True)
    assert "which the withholding client asks for: 穆一凡 (A07)." in seen(refused.text)
    with closed.open():
        assert not Job.objects.filter(kind="export").exists()
