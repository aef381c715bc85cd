"""Lists: search, filters, sorting, paging, export, and whose rows they are."""

import csv
import io
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.brands.services import brand_save, deal_save
from mcn.supply.services import sku_products_save, sku_save, supplier_save
from mcn.training.services import course_save
from tests.agencies import World, make_world

Clients = Callable[..., Client]


@pytest.fixture
def skus(world: World) -> None:
    with world.open():
        actor = world.user()
        qinghe, _o = brand_save(actor=actor, code="B01", name="清禾")
        other, _o = brand_save(actor=actor, code="B02", name="=1+1")
        for number in range(30):
            sku, _o = sku_save(
                actor=actor,
                code=f"S{number:03d}",
                name="保湿面霜" if number % 2 else "蛋白棒",
                brand=qinghe if number < 10 else other,
                live_price_fen=1000 + number,
            )
        sku_products_save(actor=actor, sku=sku, products={"douyin": ["3800000000000000201"]})


def codes(response: object) -> list[str]:
    return [row.get_cell_value("code") for row in response.context["table"].paginated_rows]  # type: ignore[attr-defined]


def test_pages_and_sorting(world: World, client_of: Clients, skus: None) -> None:
    url = f"{world.console}/skus/"
    client = client_of()
    assert codes(client.get(url)) == [f"S{number:03d}" for number in range(25)]
    assert codes(client.get(url, {"page": 2})) == [f"S{number:03d}" for number in range(25, 30)]
    assert codes(client.get(url, {"sort": "-live_price_fen", "size": 50}))[:2] == ["S029", "S028"]
    assert len(codes(client.get(url, {"page": "x", "size": "x", "sort": "no-such-column"}))) == 25


def test_search_takes_every_word(world: World, client_of: Clients, skus: None) -> None:
    url, client = f"{world.console}/skus/", client_of()
    assert codes(client.get(url, {"q": "面霜 s00"})) == ["S001", "S003", "S005", "S007", "S009"]
    assert codes(client.get(url, {"q": "3800000000000000201"})) == ["S029"]


def test_filter_by_reference(world: World, client_of: Clients, skus: None) -> None:
    url, client = f"{world.console}/skus/", client_of()
    with world.open():
        brand, _outcome = brand_save(actor=world.user(), code="B01", name="清禾")
    assert codes(client.get(url, {"brand": brand.pk})) == [f"S{number:03d}" for number in range(10)]
    nothing = client.get(url, {"brand": "no brand"})
    assert nothing.context["page"].paginator.count == 0
    assert "Nothing fits these filters" in nothing.text


def test_htmx_gets_the_list_alone(world: World, client_of: Clients, skus: None) -> None:
    part = client_of().get(f"{world.console}/skus/", headers={"HX-Request": "true", "HX-Target": "list"})
    assert part.text.lstrip().startswith('<div class="list"')
    assert "<html" not in part.text
    assert "HX-Request" in part["Vary"]


def test_export_is_what_is_shown_and_safe(world: World, client_of: Clients, skus: None) -> None:
    response = client_of().get(f"{world.console}/skus/", {"export": "csv", "q": "S02", "sort": "-code"})
    assert response["Content-Disposition"] == 'attachment; filename="xinghe-skus.csv"'
    assert "no-store" in response["Cache-Control"]
    content = response.content.decode("utf-8")
    assert content.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(content[1:])))
    assert [row["Code"] for row in rows] == [f"S{number:03d}" for number in range(29, 19, -1)]
    assert rows[0]["Live price"] == "10.29"
    assert rows[0]["Brand"] == "B02 =1+1"


def test_a_formula_becomes_text(world: World, client_of: Clients) -> None:
    with world.open():
        brand_save(actor=world.user(), code="B01", name='=HYPERLINK("http://x")', contact="-5")
    content = client_of().get(f"{world.console}/brands/", {"export": "csv"}).content.decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(content)))
    assert row["Name"] == '\'=HYPERLINK("http://x")'
    assert row["Contact"] == "-5"


def test_an_empty_list_says_why_and_what_to_do(world: World, client_of: Clients) -> None:
    url = f"{world.console}/suppliers/"
    assert "No supplier has been entered" in client_of(Role.SELECTION).get(url).text
    assert f"{world.console}/suppliers/new/" in client_of(Role.SELECTION).get(url).text
    assert f"{world.console}/suppliers/new/" not in client_of(Role.FINANCE).get(url).text


def test_another_agency_is_not_there(world: World, client_of: Clients) -> None:
    other = make_world("beichen", "北辰直播")
    with other.open():
        supplier, _outcome = supplier_save(actor=other.user(), code="V01", name="别家供应商")
    client = client_of()
    assert "别家供应商" not in client.get(f"{world.console}/suppliers/").text
    for page in ("", "edit/"):
        assert client.get(f"{world.console}/suppliers/{supplier.pk}/{page}").status_code == 404
    assert client.post(f"{world.console}/suppliers/{supplier.pk}/edit/", {"name": "x"}).status_code == 404
    assert client.get(f"{other.console}/suppliers/").status_code == 404
    with other.open():
        supplier.refresh_from_db()
    assert supplier.name == "别家供应商"


def test_roles(world: World, client_of: Clients) -> None:
    with world.open():
        course, _outcome = course_save(actor=world.user(), code="C1", title="合规")
    assert client_of(Role.BRAND).get(f"{world.console}/courses/").status_code == 403
    assert client_of(Role.AUDITOR).get(f"{world.console}/courses/").status_code == 200
    assert client_of(Role.AUDITOR).get(f"{world.console}/courses/new/").status_code == 403
    assert client_of(Role.AUDITOR).post(f"{world.console}/courses/{course.pk}/edit/", {}).status_code == 403
    assert client_of(Role.ANCHOR).get(f"{world.console}/courses/").status_code == 404
    assert Client().get(f"{world.console}/courses/").status_code == 302
    menu = client_of(Role.BRAND).get(f"{world.console}/").context["menu"]
    assert [entry["area"].code for entry in menu] == [
        "home",
        "anchors",
        "brands",
        "supply",
        "live",
        "settlement",
        "jobs",
    ]


def test_states_are_coloured_badges_and_other_choices_plain_words(world: World, client_of: Clients) -> None:
    with world.open():
        brand, _outcome = brand_save(actor=world.user(), code="B01", name="清禾")
        deal_save(
            actor=world.user(),
            code="D01",
            brand=brand,
            kind="commission",
            stage="won",
            starts_on=date(2026, 7, 1),
            ends_on=date(2026, 7, 31),
        )
    text = client_of().get(f"{world.console}/deals/").text
    assert '<span class="badge bg-green-lt status-green">Won</span>' in text
    assert 'data-label="Kind">Commission only</td>' in text
