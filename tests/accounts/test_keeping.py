"""Created, changed or unchanged: what a save reports and what the audit trail then holds."""

import pytest
from django.db import transaction

from mcn.accounts.keeping import CHANGED, CREATED, KEEP, UNCHANGED, differing, save_by
from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Payee
from mcn.anchors.services import payee_save
from mcn.supply.models import Sku
from mcn.supply.services import sku_products_save, sku_save, supplier_save
from tests.agencies import World


def last() -> AuditEntry:
    return AuditEntry.objects.latest("pk")


def test_a_new_record_takes_the_defaults_and_is_audited(inside: World) -> None:
    sku, outcome = sku_save(actor=inside.owner, code="S001", name="面霜", list_price_fen=19900)
    assert outcome == CREATED
    assert (sku.category, sku.stock, sku.list_price_fen) == ("", None, 19900)
    entry = last()
    assert (entry.actor, entry.action, entry.target_id) == (inside.owner, "create", sku.pk)
    assert entry.after["list_price_fen"] == 19900


def test_values_that_are_not_given_stay(inside: World) -> None:
    sku_save(actor=None, code="S001", name="面霜", list_price_fen=19900, stock=5)
    sku, outcome = sku_save(actor=inside.owner, code="S001", name="面霜二代", stock=KEEP)
    assert outcome == CHANGED
    assert (sku.name, sku.list_price_fen, sku.stock) == ("面霜二代", 19900, 5)
    assert (last().before, last().after) == ({"name": "面霜"}, {"name": "面霜二代"})


def test_nothing_to_do_leaves_no_trace(inside: World) -> None:
    supplier_save(actor=None, code="V01", name="清禾")
    before = AuditEntry.objects.count()
    assert supplier_save(actor=inside.owner, code="V01", name="清禾")[1] == UNCHANGED
    assert AuditEntry.objects.count() == before


def test_none_empties(inside: World) -> None:
    sku_save(actor=None, code="S001", name="面霜", stock=5)
    sku_save(actor=None, code="S001", name="面霜", stock=None)
    assert Sku.objects.get().stock is None


def test_personal_data_is_audited_as_changed_only(inside: World) -> None:
    payee_save(actor=None, code="A01", name="小鹿", kind=Payee.Kind.LABOUR, legal_name="鹿小小", phone="13800000000")
    assert (last().before, last().after) == ({"phone": None}, {"phone": "•"})


def test_parts_that_are_replaced_are_audited_at_their_record(inside: World) -> None:
    sku, _outcome = sku_save(actor=None, code="S001", name="面霜")
    assert sku_products_save(actor=inside.owner, sku=sku, products={"douyin": ["1", "2"]}) == CHANGED
    assert sku_products_save(actor=inside.owner, sku=sku, products={"douyin": ["2", "1"]}) == UNCHANGED
    assert sku_products_save(actor=inside.owner, sku=sku, products={"taobao": ["1"]}) == CHANGED
    entry = last()
    assert (entry.target_id, entry.before, entry.after) == (
        sku.pk,
        {"products": ["douyin 1", "douyin 2"]},
        {"products": ["taobao 1"]},
    )


def test_a_failed_save_leaves_nothing(inside: World) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        sku_save(actor=None, code="S001", name="面霜")
        raise RuntimeError
    assert not Sku.objects.exists()


def test_a_record_is_found_by_its_key_and_keeps_it(inside: World) -> None:
    made, outcome = save_by(Sku, {"code": "S001"}, actor=None, name="面霜")
    assert (outcome, made.code, made.name) == (CREATED, "S001", "面霜")
    changed, outcome = save_by(Sku, {"code": "S001"}, actor=None, name="面霜二代", stock=KEEP)
    assert (outcome, changed.pk, changed.code, changed.name) == (CHANGED, made.pk, "S001", "面霜二代")
    assert save_by(Sku, {"code": "S001"}, actor=None, name="面霜二代")[1] == UNCHANGED


def test_only_given_values_differ() -> None:
    sku = Sku(code="S001", name="面霜", stock=5)
    assert differing(sku, {"code": "S001", "name": KEEP, "stock": 6, "cost_fen": None}) == ["stock"]
