"""The sidebar: long areas have headings, and who may open nothing below a heading does not see it."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.console import navigation
from mcn.console.navigation import Area, Item
from tests.agencies import World

Clients = Callable[..., Client]


def headings(page: str) -> list[str]:
    return re.findall(r'<p class="nav-group">(.*?)</p>', page)


def test_pages_of_finance_stand_below_headings(world: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(f"{world.console}/payouts/").text
    assert headings(page) == ["Paying and banking", "Advances and deposits", "Tax and invoices", "Accounting"]
    finance = page.partition('<p class="nav-group">Paying and banking</p>')[2].partition("</details>")[0]
    named = re.findall(r'nav-group">(.*?)</p>|<a [^>]*>(.*?)</a>', finance)
    assert [group or f"- {link}" for group, link in named] == [
        "- Payouts",
        "- Bank statements",
        "- Holds",
        "- Paying accounts",
        "Advances and deposits",
        "- Advances",
        "- Advances outstanding",
        "- Deposits",
        "- Instalment plans",
        "Tax and invoices",
        "- Tax ledger",
        "- Invoices",
        "- Deductions from wages",
        "Accounting",
        "- Books",
        "- Vouchers",
        "- Subjects of vouchers",
    ]


def test_a_heading_without_pages_is_not_shown(world: World, client_of: Clients) -> None:
    entries = client_of(Role.TALENT).get(f"{world.console}/").context["menu"]
    shown = {link["group"] for entry in entries for link in entry["links"]}
    assert set(headings(client_of(Role.TALENT).get(f"{world.console}/").text)) == shown - {""}
    assert len(shown) < 5


def test_items_are_in_the_order_of_their_groups_and_ungrouped_ones_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    area = Area("x", "X", "x", groups={"b": "B", "a": "A"})
    monkeypatch.setattr(navigation, "AREAS", {"x": area})
    for name, order, group in (("1", 10, "a"), ("2", 20, "b"), ("3", 30, ""), ("4", 5, "b"), ("1", 1, "b")):
        navigation.add("x", Item(name, name, "home.view", order, group))
    assert [item.label for item in area.items] == ["3", "4", "2", "1"]


def test_an_unknown_group_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "AREAS", {"x": Area("x", "X", "x")})
    with pytest.raises(ValueError, match="the area x has no group nowhere"):
        navigation.add("x", Item("1", "1", "home.view", group="nowhere"))
