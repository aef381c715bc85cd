"""The open page that checks a paper: a code that fits, and one answer for everything else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from mcn.settlements.models import Statement
from mcn.settlements.pdf.codes import code_of
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import NOBODY, agency_scope, current, operator_scope
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

PAGE = "/verify/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def books(xinghe: World, beichen: World) -> Books:
    books = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        books.roster()
        books.event("1001", 352700, JUNE)
        books.close(JUNE)
        books.event("1002", 2000, JULY)
        books.calculate(JULY)
    return books


def entries(books: Books, **other: str) -> dict[str, str]:
    with books.people.open():
        code = code_of("xinghe", books.statement(JUNE))
    return {"agency": "xinghe", "month": JUNE, "payee": "A01", "code": code, **other}


def ask(client: Client, data: dict[str, str], language: str = "en") -> Any:
    return client.post(PAGE, data, headers={"accept-language": language})


def test_whoever_holds_the_paper_may_ask(client: Client, books: Books) -> None:
    assert "Verification code" in client.get(PAGE, headers=ENGLISH).text
    assert PAGE in client.get("/accounts/login/", headers=ENGLISH).text
    with books.people.open():
        net_pay = books.statement(JUNE).net_pay_fen
    assert net_pay == 108756
    answer = ask(client, entries(books))
    assert answer.status_code == 200
    assert "This statement is genuine. Net pay: ¥1,087.56." in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert "这份结算单属实，实付金额 ¥1,087.56。" in ask(client, entries(books), "zh-hans").text
    for secret in ("小鹿", "鹿小小", books.people.agency.name):
        assert secret not in answer.text
    assert current() == NOBODY


@pytest.mark.parametrize(
    "other",
    [
        {"agency": "nobody"}, {"agency": "beichen"}, {"month": "2026-05"}, {"month": JULY}, {"payee": "A02"},
        {"code": "AAAA-AAAA-AAAA"},
    ],
)  # fmt: skip
def test_everything_else_is_answered_alike(client: Client, books: Books, other: dict[str, str]) -> None:
    answer = ask(client, entries(books, **other))
    assert answer.status_code == 404
    assert "There is no such statement." in answer.text
    plain = ask(client, entries(books, code="BBBB-BBBB-BBBB"))
    first, second = (re.sub(r'value="[^"]*"', "", page.text.partition("<main")[2]) for page in (answer, plain))
    assert first == second


def test_a_figure_that_was_changed_on_the_paper_is_not_confirmed(client: Client, books: Books) -> None:
    """The answer names the amount of the product, not of the paper."""
    told = entries(books)
    with books.people.open():
        forged = Statement.objects.select_related("period").get(period__code=JUNE)
        forged.net_pay_fen += 100_00
        told["code"] = code_of("xinghe", forged)
    assert ask(client, told).status_code == 404


def test_an_agency_that_is_shut_answers_nothing(client: Client, books: Books) -> None:
    with operator_scope(), transaction.atomic():
        Agency.objects.filter(pk=books.people.id).update(is_active=False)
    assert ask(client, entries(books)).status_code == 404


@pytest.mark.parametrize("other", [{"month": "June"}, {"agency": ""}, {"payee": "a\x00"}, {"code": "x" * 41}])
def test_what_cannot_be_on_a_paper_is_told(client: Client, books: Books, other: dict[str, str]) -> None:
    assert ask(client, entries(books, **other)).status_code == 422


def test_guessing_is_held_up(client: Client, books: Books) -> None:
    answers = [ask(client, entries(books, code="AAAA-AAAA-AAAA")).status_code for _number in range(11)]
    assert answers == [404] * 10 + [429]
    held = ask(client, entries(books))
    assert held.status_code == 429
    assert "Too many attempts" in held.text
