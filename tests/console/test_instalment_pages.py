"""Debts in instalments on the console and in the portal: the way through, and who may agree (docs/money.md §5.7)."""

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, InstalmentPlan
from tests.agencies import World, make_world
from tests.settlements.books import JULY, JUNE, Books

Clients = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def books(world: World) -> Books:
    """June carries −70.00 forward."""
    with world.open():
        desk = Books(world)
        desk.roster()
        desk.event("1", -20000, JUNE, kind="clawback")
        desk.close(JUNE)
        desk.event("2", 10000, JULY)
    return desk


def typed(world: World, **values: str) -> dict[str, str]:
    with world.open():
        payee = Anchor.objects.get().payee_id
    return {
        "payee": f"{payee}", "code": "P1", "kind": "carried", "amount_fen": "60.00", "agreed_on": "2026-07-05",
        "reason": "<b>协议</b>", "instalment_fen": "25.00", "most_rate": "50", "first_month": JULY,
    } | values  # fmt: skip


def test_from_the_agreement_to_the_statement(books: Books, client_of: Clients) -> None:
    world, finance = books.people, client_of(Role.FINANCE)
    page = f"{world.console}/instalment-plans/"
    assert "No debt is taken back in instalments" in finance.get(page).text
    refused = finance.post(f"{page}new/", typed(world, amount_fen="70.01"))
    assert (refused.status_code, "carries ¥70.00 forward" in unescape(refused.text)) == (422, True)
    assert finance.post(f"{page}new/", typed(world)).status_code == 302
    with world.open():
        plan = InstalmentPlan.objects.get()
        books.calculate(JULY)
        statement = books.statement(JULY)
        assert (plan.carried_from, statement.instalments_fen) == (JUNE, -1750)
    told = finance.get(f"{page}{plan.pk}/")
    assert "&lt;b&gt;协议" in told.text and "¥42.50" in told.text
    assert finance.post(f"{page}{plan.pk}/edit/", typed(world, instalment_fen="10.00")).status_code == 302
    with world.open():
        assert InstalmentPlan.objects.get().instalment_fen == 1000
    assert (
        "taken back in instalments"
        in finance.get(f"{world.console}/months/{JULY}/statements/{statement.pk}/").text.lower()
    )
    assert client_of(Role.TALENT).get(f"{page}new/").status_code == 403


def test_the_anchor_follows_it(books: Books, client_of: Clients) -> None:
    world = books.people
    client_of(Role.FINANCE).post(f"{world.console}/instalment-plans/new/", typed(world))
    page = client_of(Role.ANCHOR).get(f"/me/{world.agency.slug}/advances/")
    assert "P1" in page.text and "¥60.00" in page.text


def cancelled(books: Books, client_of: Clients, what: str) -> str:
    """Have the plan of the typed terms cancelled by finance; its page."""
    world, finance = books.people, client_of(Role.FINANCE)
    finance.post(f"{world.console}/instalment-plans/new/", typed(world))
    with world.open():
        page = f"{world.console}/instalment-plans/{InstalmentPlan.objects.get().pk}/"
    assert f"{page}cancel/" in finance.get(page).text
    form = finance.get(f"{page}cancel/")
    assert "¥60.00" in form.text
    refused = finance.post(f"{page}cancel/", {"what": what, "reason": " "})
    assert refused.status_code == 422
    assert finance.post(f"{page}cancel/", {"what": what, "reason": "<b>和解</b>"})["Location"] == page
    return page


def test_a_plan_is_cancelled_and_its_rest_due(books: Books, client_of: Clients) -> None:
    page, finance = cancelled(books, client_of, "due"), client_of(Role.FINANCE)
    told = finance.get(page)
    assert "&lt;b&gt;和解" in told.text and "Due in full with the next statement" in told.text
    assert f"{page}cancel/" not in told.text and f"{page}edit/" not in told.text
    assert "cancelled already" in finance.post(f"{page}cancel/", {"what": "due", "reason": "x"}).text
    with books.people.open():
        books.calculate(JULY)
        assert books.statement(JULY).brought_forward_fen == -7000
    anchor = client_of(Role.ANCHOR).get(f"/me/{books.people.agency.slug}/advances/").text
    assert "Due in full with the next statement" in anchor and "&lt;b&gt;和解" in anchor


def test_a_second_person_forgives(books: Books, client_of: Clients) -> None:
    page, finance, owner = cancelled(books, client_of, "forgiven"), client_of(Role.FINANCE), client_of()
    assert "somebody else has to decide" in finance.get(page).text
    home, waits = f"{books.people.console}/", "Whether the rest of 1 debt is forgiven waits for your decision"
    assert waits not in finance.get(home).text  # who asked
    told = owner.get(home).text
    assert waits in told and f'href="{page}"' in told and "¥60.00" in told
    own = finance.post(f"{page}forgive/", {"do": "approve"}, follow=True)
    assert "a second person has to decide" in own.text
    assert owner.get(f"{page}forgive/")["Location"] == page
    assert "Say why it is rejected" in owner.post(f"{page}forgive/", {"do": "reject"}, follow=True).text
    owner.post(f"{page}forgive/", {"do": "reject", "reason": "能还"})
    assert "能还" in finance.get(page).text
    finance.post(f"{page}cancel/", {"what": "forgiven", "reason": "再议"})
    assert "need not pay" in unescape(owner.get(page).text)
    assert waits in owner.get(home).text
    assert "Forgiven, and posted" in owner.post(f"{page}forgive/", {"do": "approve"}, follow=True).text
    assert waits not in owner.get(home).text
    assert client_of(Role.TALENT).post(f"{page}forgive/", {"do": "approve"}).status_code == 403
    with books.people.open():
        books.calculate(JULY)
        assert (books.statement(JULY).brought_forward_fen, books.statement(JULY).instalments_fen) == (-1000, 0)
