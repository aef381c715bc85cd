"""Brands, deals, SKUs and suppliers in both languages, at the desk, on the phone, in the dark."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from mcn.accounts.permissions import Role
from mcn.brands.services import brand_save, deal_save
from mcn.supply.services import deal_skus_save, sku_products_save, sku_save, supplier_save
from tests.agencies import PASSWORD, World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched


@pytest.fixture
def pages(world: World) -> list[str]:
    """Master data of a small agency; the addresses of its pages."""
    actor = world.user()
    with world.open():
        brand, _o = brand_save(actor=actor, code="B01", name="清禾", category="beauty", contact="周经理 138-0000-0000")
        brand_save(actor=actor, code="B02", name="谷田", category="food")
        supplier, _o = supplier_save(actor=actor, code="V01", name="杭州清禾日化有限公司")
        for number in range(1, 9):
            sku, _o = sku_save(
                actor=actor,
                code=f"S{number:03d}",
                name=f"保湿面霜 {number * 10} g",
                brand=brand,
                supplier=supplier,
                category="beauty",
                list_price_fen=19900 * number,
                live_price_fen=12900 * number,
                cost_fen=6000 * number,
                stock=5000,
            )
            sku_products_save(actor=actor, sku=sku, products={"douyin": [f"380000000000000020{number}"]})
        deal, _o = deal_save(
            actor=actor,
            code="D01",
            brand=brand,
            kind="slot_and_commission",
            starts_on=date(2026, 7, 1),
            ends_on=date(2026, 7, 31),
            slot_fee_fen=800_000,
            commission_rate=Decimal("0.20"),
            gmv_target_fen=15_000_000,
        )
        deal_skus_save(actor=actor, deal=deal, skus=[sku])
    return [
        "/",
        "/brands/",
        f"/brands/{brand.pk}/",
        f"/brands/{brand.pk}/?tab=skus",
        "/deals/",
        f"/deals/{deal.pk}/",
        f"/deals/{deal.pk}/?tab=history",
        f"/deals/{deal.pk}/edit/",
        "/skus/",
        f"/skus/{sku.pk}/",
        f"/skus/{sku.pk}/?tab=products",
        "/skus/new/",
        "/suppliers/",
        f"/suppliers/{supplier.pk}/?tab=skus",
    ]


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_every_page(world: World, pages: list[str], open_as: Callable[..., Watched], language: str, size: str) -> None:
    watched = open_as(world.user(), language=language, size=size, dark=language == "en")
    for page in pages:
        watched.visit(world.console + page)


def test_the_language_is_switched_and_stays(world: World, open_as: Callable[..., Watched]) -> None:
    watched = open_as(world.user(Role.SELECTION))
    page = watched.visit(f"{world.console}/suppliers/")
    page.locator(".sidebar-foot summary").click()
    watched.language = "en"
    page.locator(".sidebar-foot").get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Suppliers").wait_for()
    watched.visit(f"{world.console}/skus/")
    page.get_by_role("heading", name="SKUs").wait_for()


def test_the_phone_s_menu_opens_and_closes(world: World, open_as: Callable[..., Watched]) -> None:
    watched = open_as(world.user(Role.SELECTION), size="phone")
    page = watched.visit(f"{world.console}/")
    sidebar = page.locator(".sidebar")
    sidebar.wait_for(state="hidden")
    page.get_by_role("button", name="菜单").click()
    sidebar.wait_for(state="visible")
    watched.check(every_size=False)
    page.keyboard.press("Escape")
    sidebar.wait_for(state="hidden")


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_signing_in(world: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    watched = open_as(None, language=language, size=size)
    page = watched.visit(f"{world.console}/suppliers/")
    assert "/accounts/login/" in page.url
    page.locator("input[name=login]").fill(world.user().email)
    page.locator("input[name=password]").fill("wrong")
    page.locator("button[type=submit].btn-primary").click()
    page.locator(".note-error").wait_for()
    watched.check()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit].btn-primary").click()
    page.locator(".sidebar").wait_for(state="attached")
    assert page.url.endswith("/suppliers/")
    watched.check()
    for address in ("/accounts/password/reset/", "/accounts/2fa/", "/accounts/logout/", "/accounts/password/change/"):
        watched.visit(address)
    watched.visit("/nothing-here/", status=404)


def test_charts_are_drawn_under_the_policy(world: World, open_as: Callable[..., Watched]) -> None:
    watched = open_as(world.user())
    page = watched.visit(f"{world.console}/")
    page.add_script_tag(url="/static/vendor/echarts-6.1.0/echarts.common.min.js")
    page.evaluate(
        """() => {
          document.querySelector("#content").insertAdjacentHTML("beforeend",
            '<div class="chart" data-chart="series" data-unit="yuan"></div>'
            + '<script type="application/json" id="series"></' + 'script>');
          document.getElementById("series").textContent = JSON.stringify({
            xAxis: { type: "category", data: ["07-01", "07-02"] },
            yAxis: { type: "value" },
            series: [{ type: "bar", name: "GMV", data: [12345.67, 250000] }],
          });
          document.body.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }));
        }"""
    )
    page.locator(".chart canvas").wait_for()
    page.locator(".chart").hover()
    page.wait_for_function("() => window.echarts.getInstanceByDom(document.querySelector('.chart')).getWidth() > 300")
    watched.check()
