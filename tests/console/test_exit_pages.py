"""Exits, deposits and advances on the console and in the portal: who sees what, and the way through."""

from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.anchors.models import Advance, Anchor, Deposit, DepositMove
from mcn.settlements.models import Exit
from tests.agencies import World, make_world
from tests.settlements.books import JULY, JUNE, Books

Clients = Callable[..., Client]
CLAIMS = {"form-TOTAL_FORMS": "4", "form-INITIAL_FORMS": "0"} | {
    f"form-{n}-{name}": value
    for n in range(4)
    for name, value in (("kind", "penalty"), ("text", ""), ("amount_fen", ""))
}


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def books(world: World) -> Books:
    """June is closed: 24.50 are payable, the advance of 60.00 has 49.50 left; July's draft earns 70.00."""
    with world.open():
        desk = Books(world)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.event("2", 20000, JULY)
        desk.close(JUNE)
        desk.calculate(JULY)
    return desk


def typed(world: World, **values: str) -> dict[str, str]:
    with world.open():
        anchor = Anchor.objects.get().pk
    return CLAIMS | {"anchor": f"{anchor}", "ends_on": "2026-07-31", "reason": "<b>个人原因</b>"} | values


def draw_up(world: World, client: Client, **values: str) -> Exit:
    answer = client.post(f"{world.console}/exits/new/", typed(world, **values))
    assert answer.status_code == 302, answer.context["form"].errors
    with world.open():
        return Exit.objects.latest("number")


def test_talent_draws_a_sheet_up_and_finance_settles_it(books: Books, client_of: Clients) -> None:
    world = books.people
    talent, finance = client_of(Role.TALENT), client_of(Role.FINANCE)
    assert "Nobody has left" in talent.get(f"{world.console}/exits/").text
    claim = {"form-0-text": "Clause 8", "form-0-amount_fen": "5.00"}
    sheet = draw_up(world, talent, **claim)
    page = talent.get(f"{world.console}/exits/{sheet.pk}/")
    assert "<b>个人原因</b>" not in page.text
    assert unescape(page.text).count("Penalty EXIT-0001-1 is deducted from the statement") == 1
    assert page.context["may_settle"] is False
    # 24.50 + 49.00 − 28.50 − 5.00
    assert (page.context["sheet"].total_fen, page.context["size"]) == (4000, 4000)
    assert talent.post(f"{world.console}/exits/{sheet.pk}/settle/").status_code == 403
    page = finance.get(f"{world.console}/exits/{sheet.pk}/")
    assert page.context["may_settle"] is True
    settled = finance.post(f"{world.console}/exits/{sheet.pk}/settle/", follow=True)
    assert "Settled. Calculate the open month again" in settled.text
    assert settled.context["is_open"] is False
    assert "EXIT-0001" in finance.get(f"{world.console}/exits/").text
    again = finance.post(f"{world.console}/exits/{sheet.pk}/settle/", follow=True)
    assert "has left already" in again.text
    trail = client_of(Role.AUDITOR).get(f"{world.console}/audit/")
    assert trail.text.count("EXIT-0001") >= 2 and "penalty EXIT-0001-1" in trail.text
    with world.open():
        assert Anchor.objects.get().status == "left"


def test_what_is_refused_stands_in_the_form(books: Books, client_of: Clients) -> None:
    world = books.people
    client = client_of(Role.TALENT)
    for values, field, why in (
        ({"ends_on": "2026-06-01"}, "ends_on", "is closed"),
        ({"reason": " "}, "reason", "required"),
        ({"form-2-text": "Clause 8"}, None, "Claim 1: the amount is more than 0"),
        ({"form-2-amount_fen": "3.00"}, None, "name the clause"),
        ({"form-0-text": "x", "form-0-amount_fen": "3.00", "form-0-from_deposit": "on"}, None, "The deposits hold"),
    ):
        answer = client.post(f"{world.console}/exits/new/", typed(world, **values))
        assert answer.status_code == 422
        assert why in str(answer.context["form"].errors[field or "__all__"])
    with world.open():
        assert not Exit.objects.exists()


def test_a_further_sheet_begins_with_the_former(books: Books, client_of: Clients) -> None:
    world = books.people
    client = client_of(Role.TALENT)
    sheet = draw_up(world, client, **{"form-0-text": "Clause 8", "form-0-amount_fen": "5.00"})
    page = client.get(f"{world.console}/exits/new/?from={sheet.pk}")
    assert 'value="Clause 8"' in page.text and 'value="5.00"' in page.text
    with world.open():
        anchor = Anchor.objects.get().pk
    assert f'<option value="{anchor}" selected>' in client.get(f"{world.console}/exits/new/?anchor={anchor}").text


def test_the_paper(books: Books, client_of: Clients) -> None:
    world = books.people
    sheet = draw_up(world, client_of(Role.TALENT))
    paper = client_of(Role.AUDITOR).get(f"{world.console}/exits/{sheet.pk}/paper/")
    assert (paper["Content-Type"], paper.getvalue()[:5]) == ("application/pdf", b"%PDF-")
    with world.open():
        assert AuditEntry.objects.filter(action="download", target="settlements.exit").count() == 1


def test_a_deposit_from_its_entry_to_its_set_off(books: Books, client_of: Clients) -> None:
    world = books.people
    finance = client_of(Role.FINANCE)
    with world.open():
        payee, advance = Anchor.objects.get().payee_id, Advance.objects.get().pk
    finance.post(f"{world.console}/deposits/new/", {"payee": payee, "code": "DEP1", "purpose": "设备押金"})
    with world.open():
        deposit = Deposit.objects.get().pk
    page = f"{world.console}/deposits/{deposit}/"
    assert "Nothing was received yet" in finance.get(page).text
    move = {"kind": "received", "amount_fen": "50.00", "dated_on": "2026-07-01"}
    assert finance.post(f"{page}move/", move).status_code == 302
    refused = finance.post(f"{page}move/", move | {"kind": "given_back", "amount_fen": "50.01"})
    assert (refused.status_code, "Only ¥50.00" in unescape(refused.text)) == (422, True)
    assert (
        finance.post(f"{page}move/", move | {"kind": "set_off", "amount_fen": "28.50", "advance": advance})
        .headers["Location"]
        .endswith(f"/deposits/{deposit}/")
    )
    assert finance.get(page).context["held_fen"] == 2150
    assert client_of(Role.TALENT).get(f"{page}move/").status_code == 403
    with world.open():
        assert list(DepositMove.objects.values_list("kind", "amount_fen")) == [("received", 5000), ("set_off", 2850)]
    outstanding = finance.get(f"{world.console}/advances-outstanding/")
    assert outstanding.context["agrees"] is True
    # 60.00 − 10.50 of June − 28.50; July's draft took 21.00, which leaves nothing
    assert outstanding.context["total"] | {} == {
        "paid": 6000,
        "recouped": 1050,
        "repaid": 2850,
        "in_draft": 2100,
        "outstanding": 0,
        "posted": 2100,
        "deposits": 2150,
    }
    assert "DEP1" in finance.get(f"{world.console}/books/postings/").text
    assert finance.get(f"{world.console}/books/").context["agrees"] is True


def test_the_statement_of_an_advance(books: Books, client_of: Clients) -> None:
    world = books.people
    with world.open():
        advance = Advance.objects.get().pk
    page = client_of(Role.FINANCE).get(f"{world.console}/advances/{advance}/")
    found = page.context["advance"]
    assert (found.recouped, found.in_draft, found.outstanding, found.months) == (1050, 2100, 2850, 3)
    text = unescape(page.text)
    assert "Jun 2026" in text and "Jul 2026" in text and "Draft" in text


def test_nothing_advanced_says_why(world: World, client_of: Clients) -> None:
    assert "No advance and no deposit" in client_of(Role.FINANCE).get(f"{world.console}/advances-outstanding/").text


def test_anchors_follow_their_own_advances(books: Books, client_of: Clients) -> None:
    world = books.people
    client = client_of(Role.ANCHOR)
    home = f"/me/{world.agency.slug}/"
    assert f"{home}advances/" in client.get(home).text
    page = client.get(f"{home}advances/")
    assert [one.outstanding for one in page.context["advances"]] == [2850]
    assert "about 3 more months" in page.text
    with world.open():
        Advance.objects.filter(paid_on=date(2026, 5, 10)).update(instalment_fen=300)
    assert "and at most" in client.get(f"{home}advances/").text
