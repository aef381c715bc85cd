"""The books on the console: balanced or not, by account and payee, and every posting with both sides."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.settlements.ledger import books as checks
from mcn.settlements.models import Posting
from tests.agencies import World, make_world
from tests.console.sold import plain
from tests.settlements.books import JULY, JUNE, Books

Clients = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def closed(world: World) -> World:
    """June and July are closed: A01 earned 35.00 of a pool of 100.00, then lost 28.00."""
    with world.open():
        desk = Books(world)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.event("1", -8000, JULY, kind="clawback")
        desk.close(JUNE)
        desk.close(JULY)
    return world


def text(client: Client, world: World, path: str = "") -> str:
    answer = client.get(f"{world.console}/books/{path}")
    assert answer.status_code == 200
    return plain(answer.text)


def test_without_a_closed_month_the_page_says_when_the_first_is_posted(world: World, client_of: Clients) -> None:
    page = text(client_of(Role.FINANCE), world)
    assert "Nothing is posted yet" in page
    assert "A month is posted when it is closed" in page
    assert "Nothing is posted yet" in text(client_of(Role.FINANCE), world, "postings/")


def test_the_books_balance(closed: World, client_of: Clients) -> None:
    page = text(client_of(Role.AUDITOR), closed)
    assert "The books balance: lines, statements and ledger agree to the fen." in page
    for account, balance in (
        ("Platform receivable", "¥20.00"),
        ("Commission income", "¥20.00"),
        ("Anchor cost", "¥7.00"),
        ("Clawback receivable", "¥28.00"),
        ("Payable to payees", "¥24.50"),
    ):
        assert account in page
        assert balance in page
    assert "are not in the books yet" not in page


def test_what_differs_is_named_with_both_sides(
    closed: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(checks.IN_LEDGER, "net_pay_fen", (checks.Account.BANK, -1))
    page = text(client_of(Role.FINANCE), closed)
    assert "The books do not balance." in page
    assert "Net pay: ¥24.50 of all statements, ¥0.00 in the ledger" in page


def test_an_account_by_payee(closed: World, client_of: Clients) -> None:
    page = text(client_of(Role.FINANCE), closed, "accounts/clawback_receivable/")
    assert "小鹿 A01" in page
    assert "debit ¥28.00" in page
    assert "Nothing is open by payee" in text(client_of(Role.FINANCE), closed, "accounts/bank/")
    assert client_of(Role.FINANCE).get(f"{closed.console}/books/accounts/petty_cash/").status_code == 404


def test_postings_and_their_sides(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    page = text(client, closed, "postings/")
    assert "Jun 2026" in page
    assert "ADV1" in page
    with closed.open():
        june_pk = Posting.objects.get(number=2).pk
    june = text(client, closed, f"postings/{june_pk}/")
    assert "Month closed · Jun 2026 · 2026-06-30" in june
    assert "Anchor cost" in june
    assert june.count("¥135.00") == 2  # both sides of the total
    assert client.get(f"{closed.console}/books/postings/{june_pk + 9}/").status_code == 404


def test_months_closed_before_there_was_a_ledger_are_posted_by_whoever_may_close(
    world: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, world.open():
        patched.setattr("mcn.settlements.services.periods.post_closed_months", lambda *, actor: [])
        desk = Books(world)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.close(JUNE)
    page = text(client_of(Role.AUDITOR), world)
    assert "Jun 2026 was closed before there was a ledger" in page
    assert "Post now" not in page
    assert client_of(Role.AUDITOR).post(f"{world.console}/books/post/").status_code == 403
    client: Any = client_of(Role.FINANCE)
    assert "Post now" in text(client, world)
    answer = client.post(f"{world.console}/books/post/", follow=True)
    assert "1 month is in the books now." in plain(answer.text)
    with world.open():
        assert Posting.objects.filter(kind="month").count() == 1
