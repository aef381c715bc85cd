"""The agency's zone and start of day decide on which day and in which month something was sold."""

from datetime import time

import pytest

from mcn.core.errors import RuleError
from mcn.sales.models import SalesImport
from mcn.settlements.services.agencies import settings_save
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db


def save(world: World, **given: object) -> Agency:
    return settings_save(actor=world.owner, slug=world.agency.slug, name=world.agency.name, **given)[0]


def test_they_may_change_until_something_is_imported(xinghe: World) -> None:
    with xinghe.open():
        assert save(xinghe, day_starts_at=time(6), timezone="Asia/Urumqi").day_starts_at == time(6)
        Books(xinghe).roster()
        SalesImport.objects.update(state=SalesImport.State.FAILED)
        assert save(xinghe, day_starts_at=time(5)).day_starts_at == time(5)


@pytest.mark.parametrize("state", [SalesImport.State.WAITING, SalesImport.State.DONE])
@pytest.mark.parametrize("given", [{"day_starts_at": time(9)}, {"timezone": "Asia/Urumqi"}])
def test_they_stand_once_something_is_imported(xinghe: World, state: str, given: dict[str, object]) -> None:
    with xinghe.open():
        Books(xinghe).roster()
        SalesImport.objects.update(state=state)
        with pytest.raises(RuleError) as refused:
            save(xinghe, **given)
        assert "已导入销售数据" in str(refused.value)
        assert refused.value.field in given
        assert save(xinghe, first_period="2026-05", minimum_payout_fen=100).first_period == "2026-05"


def test_the_first_month_stands_once_a_month_is_closed(xinghe: World) -> None:
    books = Books(xinghe)
    with xinghe.open():
        books.roster()
        books.event("1", 10000, JUNE)
        books.close(JUNE)
        with pytest.raises(RuleError) as refused:
            save(xinghe, first_period="2026-05")
        assert "已关账" in str(refused.value)
