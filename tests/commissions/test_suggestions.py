"""Proposals for unknown accounts and products: why each is made, the likeliest first."""

from datetime import date

import pytest

from mcn.anchors.models import Anchor, Payee, PlatformAccount
from mcn.anchors.services import account_save
from mcn.commissions import desk, suggestions
from mcn.commissions.models import Unmatched
from mcn.commissions.suggestions import one_apart, plain
from mcn.sales.models import SalesImport
from mcn.supply.models import Sku
from tests.agencies import World
from tests.month import make_event, make_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def anchors(xinghe: World):
    """A01 and A02 with an account each; whoever runs the test is inside the agency."""
    with xinghe.open():
        for code, name in (("A01", "小鹿"), ("A02", "阿北")):
            payee = Payee.objects.create(code=f"P-{code}", kind="company", legal_name=name)
            anchor = Anchor.objects.filter(code=code).first() or Anchor(code=code)
            anchor.stage_name, anchor.payee = name, payee
            anchor.save()
        yield {anchor.code: anchor for anchor in Anchor.objects.all()}


def hold(anchor: Anchor, account: str, *, nickname: str = "", until: date | None = None) -> PlatformAccount:
    return PlatformAccount.objects.create(
        anchor=anchor,
        platform="douyin",
        account_id=account,
        nickname=nickname,
        starts_on=date(2026, 1, 1),
        ends_on=until,
    )


def waits(account: str, *, name: str = "", reason: str = "unknown_account", product: str = "") -> str:
    """A line of the account (or of an unknown product) that is nobody's; its cause."""
    source = SalesImport.objects.first() or SalesImport.objects.create(
        file_name="a.csv", sha256="0" * 64, size=1, exported_at="2026-08-01T00:00Z", retain_until=date(2036, 8, 1)
    )
    line = make_line(source, f"o-{account}-{product}")
    line.account_key, line.account_name, line.product_name = account, name, product
    type(line).objects.filter(pk=line.pk).update(account_key=account, account_name=name, product_name=product)
    cause = f"douyin:{account}" if reason == "unknown_account" else f"product:douyin:{line.product_id}"
    Unmatched.objects.create(period="2026-07", event=make_event(line), reason=reason, cause=cause, pool_fen=100)
    return cause


def proposed(cause: str) -> list[tuple[str, str]]:
    groups = desk.groups()
    found = suggestions.for_accounts(groups) | suggestions.for_products(groups)
    return [(proposal.record.code, proposal.why) for proposal in found[cause]]


def test_who_held_the_account_comes_first_then_names_then_similar_ids(anchors):
    hold(anchors["A01"], "10000000001", until=date(2026, 3, 1))
    hold(anchors["A02"], "10000000002", nickname="小鹿直播间")
    assert proposed(waits("10000000001", name="小鹿 直播间")) == [("A01", "held"), ("A02", "nickname")]


@pytest.mark.parametrize("account", ["10000000011", "1000000001", "100000000021", "10000000020"])
def test_an_id_with_one_slip_of_the_pen(anchors, account):
    hold(anchors["A01"], "10000000021" if account != "10000000020" else "10000000002")
    assert proposed(waits(account)) == [("A01", "similar_id")]


def test_an_id_that_a_spreadsheet_spoiled_is_recognised(anchors):
    hold(anchors["A01"], "7000000000000001234")
    assert proposed(waits("7000000000000001000")) == []
    assert proposed(waits("7000000000000000000")) == [("A01", "damaged_id")]
    hold(anchors["A02"], "7123456789012345678")
    assert proposed(waits("7123456789012340000")) == [("A02", "damaged_id")]


def test_a_nickname_that_an_account_had_before_is_remembered(anchors, xinghe):
    account = hold(anchors["A01"], "1", nickname="旧名")
    values = {"anchor": anchors["A01"], "platform": "douyin", "account_id": "1", "starts_on": date(2026, 1, 1)}
    account_save(actor=xinghe.owner, account=account, nickname="新名", **values)
    assert proposed(waits("99", name="旧名")) == [("A01", "former_nickname")]
    assert proposed(waits("98", name="新名")) == [("A01", "nickname")]


def test_the_stage_name_counts_and_another_platforms_accounts_do_not(anchors):
    PlatformAccount.objects.create(
        anchor=anchors["A02"],
        platform="kuaishou",
        account_id="10000000002",
        nickname="某某",
        starts_on=date(2026, 1, 1),
    )
    assert proposed(waits("10000000003", name="某某")) == []
    assert proposed(waits("55", name="阿北")) == [("A02", "stage_name")]


def test_a_product_may_be_the_sku_whose_name_it_has(anchors):
    Sku.objects.create(code="S1", name="保湿面霜")
    Sku.objects.create(code="S2", name="面霜")
    Sku.objects.create(code="S3", name="保湿面霜 50g")
    cause = waits("1", reason="unknown_sku", product="【直播专享】保湿面霜50g 两件装")
    assert proposed(cause) == [("S3", "name"), ("S1", "name")]


def test_names_compare_without_width_case_and_separators():
    assert plain("Ａ-小 鹿_X") == plain("a小鹿x")


@pytest.mark.parametrize(("one", "other"), [("1234", "1234"), ("1234", "1256"), ("12345", "12354321"), ("123", "124")])
def test_ids_that_are_not_one_character_apart(one, other):
    assert not one_apart(one, other)
