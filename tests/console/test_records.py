"""Details and forms: values, refusals at their field, history."""

from collections.abc import Callable

from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.brands.models import Deal
from mcn.brands.services import brand_save
from mcn.supply.models import Sku
from mcn.supply.services import sku_save
from mcn.training.models import Course
from mcn.training.services import course_save
from tests.agencies import World, make_world

Clients = Callable[..., Client]
SKU = {"code": "S001", "name": "保湿面霜", "brand": "", "category": "beauty", "supplier": ""}
PRICES = {"list_price_fen": "199", "live_price_fen": "1290.50", "cost_fen": "", "stock": "5000"}


def test_a_sku_with_prices_in_yuan_and_product_ids(world: World, client_of: Clients) -> None:
    client = client_of(Role.SELECTION)
    made = client.post(
        f"{world.console}/skus/new/", SKU | PRICES | {"products_douyin": "3800000000000000201，38-2"}, follow=True
    )
    assert "SKU S001 保湿面霜 has been saved." in made.text
    assert "¥1,290.50" in made.text
    with world.open():
        sku = Sku.objects.get(code="S001")
        assert (sku.list_price_fen, sku.live_price_fen, sku.cost_fen) == (19900, 129050, None)
        assert sorted(sku.products.values_list("platform", "product_id")) == [
            ("douyin", "38-2"),
            ("douyin", "3800000000000000201"),
        ]
    form = client.get(f"{world.console}/skus/{sku.pk}/edit/").context["form"]
    assert form["live_price_fen"].value() == "1290.50"
    assert form["products_douyin"].value() == "38-2 3800000000000000201"


def test_what_a_service_refuses_stands_at_its_field_and_nothing_is_saved(world: World, client_of: Clients) -> None:
    client = client_of(Role.SELECTION)
    client.post(f"{world.console}/skus/new/", SKU | PRICES | {"products_taobao": "77"})
    second = SKU | PRICES | {"code": "S002", "products_taobao": "77"}
    refused = client.post(f"{world.console}/skus/new/", second)
    assert refused.status_code == 422
    assert refused.context["form"].errors == {"products_taobao": ["The product id 77 already means SKU S001."]}
    refused = client.post(f"{world.console}/skus/new/", second | {"products_taobao": "", "cost_fen": "-1"})
    assert refused.context["form"].errors == {"cost_fen": ["Must not be negative."]}
    refused = client.post(f"{world.console}/skus/new/", second | {"products_taobao": "", "cost_fen": "1.005"})
    assert list(refused.context["form"].errors) == ["cost_fen"]
    refused = client.post(f"{world.console}/skus/new/", SKU | PRICES)
    assert refused.context["form"].errors == {"code": ["This is already in use in your agency."]}
    with world.open():
        assert list(Sku.objects.values_list("code", flat=True)) == ["S001"]


def test_a_form_offers_and_takes_the_agency_s_rows_only(world: World, client_of: Clients) -> None:
    other = make_world("beichen", "北辰直播")
    with other.open():
        brand, _outcome = brand_save(actor=other.user(), code="B9", name="别家品牌")
    client = client_of()
    assert "别家品牌" not in client.get(f"{world.console}/skus/new/").text
    refused = client.post(f"{world.console}/skus/new/", SKU | PRICES | {"brand": brand.pk})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["brand"]


def test_the_code_is_fixed_once_given(world: World, client_of: Clients) -> None:
    with world.open():
        course, _outcome = course_save(actor=world.user(), code="C1", title="合规")
    values = {"code": "C2", "title": "合规二", "hours": "2", "pass_score": "60"}
    client_of().post(f"{world.console}/courses/{course.pk}/edit/", values)
    with world.open():
        assert list(Course.objects.values_list("code", "title")) == [("C1", "合规二")]


def test_a_deal_with_its_skus_and_rate_in_percent(world: World, client_of: Clients) -> None:
    with world.open():
        brand, _outcome = brand_save(actor=world.user(), code="B01", name="清禾")
        sku, _outcome = sku_save(actor=world.user(), code="S001", name="面霜", brand=brand)
    values = {
        "code": "D01",
        "brand": brand.pk,
        "kind": "slot_and_commission",
        "stage": "won",
        "slot_fee_fen": "8000",
        "commission_rate": "20.5",
        "starts_on": "2026-07-01",
        "ends_on": "2026-07-31",
        "gmv_target_fen": "150000",
        "skus": [sku.pk],
    }
    client = client_of(Role.BRAND)
    refused = client.post(f"{world.console}/deals/new/", values | {"ends_on": "2026-06-30"})
    assert refused.context["form"].errors == {"ends_on": ["Ends on 2026-06-30, before its start on 2026-07-01."]}
    client.post(f"{world.console}/deals/new/", values)
    with world.open():
        deal = Deal.objects.get()
        assert str(deal.commission_rate) == "0.205000"
        assert deal.slot_fee_fen == 800_000
    detail = client.get(f"{world.console}/deals/{deal.pk}/")
    assert "20.5 %" in detail.text
    assert f'href="{world.console}/brands/{brand.pk}/"' in detail.text
    assert "S001" in client.get(f"{world.console}/deals/{deal.pk}/?tab=skus").text
    form = client.get(f"{world.console}/deals/{deal.pk}/edit/").context["form"]
    assert form["commission_rate"].value() == "20.5"
    assert [row.code for row in form.initial["skus"]] == ["S001"]


def test_history_tells_from_what_to_what(world: World, client_of: Clients) -> None:
    with world.open():
        brand, _outcome = brand_save(actor=world.user(), code="B01", name="清禾")
        sku, _outcome = sku_save(actor=world.user(), code="S001", name="面霜", live_price_fen=12900)
        sku_save(actor=world.user(), code="S001", name="面霜", live_price_fen=9900, brand=brand)
    entries = client_of().get(f"{world.console}/skus/{sku.pk}/?tab=history").context["entries"]
    assert entries[0]["changes"] == [("Brand", None, brand), ("Live price", _money("129.00"), _money("99.00"))]
    assert "tab=history" not in client_of(Role.SELECTION).get(f"{world.console}/skus/{sku.pk}/").text


def _money(text: str) -> str:
    return f'<span class="figure figure-positive">¥{text}</span>'


def test_reading_changes_nothing(world: World, client_of: Clients) -> None:
    with world.open():
        brand, _outcome = brand_save(actor=world.user(), code="B01", name="清禾")
        before = AuditEntry.objects.count()
    for page in ("", "new/", f"{brand.pk}/", f"{brand.pk}/edit/", "?export=csv"):
        assert client_of().get(f"{world.console}/brands/{page}").status_code == 200
    with world.open():
        assert AuditEntry.objects.count() == before
    without_token = Client(enforce_csrf_checks=True)
    without_token.force_login(world.user())
    assert without_token.post(f"{world.console}/brands/new/", {"code": "B02", "name": "x"}).status_code == 403
