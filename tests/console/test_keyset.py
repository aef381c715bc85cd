"""Keyset pages show every row once, forwards and backwards, whatever arrives meanwhile."""

from itertools import pairwise

import pytest
from django.db.models import QuerySet

from mcn.console.generic.keyset import KeysetPage, keyset_page
from mcn.supply.models import Sku
from tests.agencies import World


@pytest.fixture
def rows(world: World) -> QuerySet:
    with world.open():
        Sku.objects.bulk_create(Sku(code=f"S{n:02d}", name="x", live_price_fen=n // 3) for n in range(10))
        yield Sku.objects.all()


def codes(page: KeysetPage) -> list[str]:
    return [row.code for row in page.rows]


def test_there_and_back(rows: QuerySet) -> None:
    first = keyset_page(rows, by="live_price_fen", size=4)
    assert codes(first) == ["S09", "S08", "S07", "S06"]
    assert first.previous == ""
    second = keyset_page(rows, by="live_price_fen", size=4, at=first.next)
    assert codes(second) == ["S05", "S04", "S03", "S02"]
    third = keyset_page(rows, by="live_price_fen", size=4, at=second.next)
    assert codes(third) == ["S01", "S00"]
    assert third.next == ""
    back = keyset_page(rows, by="live_price_fen", size=4, at=third.previous)
    assert codes(back) == codes(second)
    again = keyset_page(rows, by="live_price_fen", size=4, at=back.previous)
    assert (codes(again), again.previous) == (codes(first), "")


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 10])
def test_two_fields_there_and_back(rows: QuerySet, size: int, descending: bool) -> None:
    by = ("live_price_fen", "list_price_fen")
    for number, row in enumerate(rows):
        rows.filter(pk=row.pk).update(list_price_fen=number % 2)
    sign = "-" if descending else ""
    order = [row.code for row in rows.order_by(*(f"{sign}{field}" for field in (*by, "pk")))]
    pages = [keyset_page(rows, by=by, size=size, descending=descending)]
    while pages[-1].next:
        pages.append(keyset_page(rows, by=by, size=size, at=pages[-1].next, descending=descending))
    assert [code for page in pages for code in codes(page)] == order
    for earlier, later in pairwise(pages):
        assert codes(keyset_page(rows, by=by, size=size, at=later.previous, descending=descending)) == codes(earlier)


def test_a_row_that_arrives_meanwhile_shifts_nothing(rows: QuerySet) -> None:
    first = keyset_page(rows, by="live_price_fen", size=4)
    Sku.objects.create(code="S99", name="x", live_price_fen=99)
    assert codes(keyset_page(rows, by="live_price_fen", size=4, at=first.next)) == ["S05", "S04", "S03", "S02"]


def test_ascending(rows: QuerySet) -> None:
    first = keyset_page(rows, by="code", size=6, descending=False)
    assert codes(first) == [f"S{n:02d}" for n in range(6)]
    assert codes(keyset_page(rows, by="code", size=6, at=first.next, descending=False)) == [
        f"S{n:02d}" for n in range(6, 10)
    ]


@pytest.mark.parametrize(
    "at", ["x", "after", "after.x.1", "after.1.many", "before..", "after.99999999999999999999.1", "after.1.1~1"]
)
def test_a_place_that_cannot_be_read_is_the_first_page(rows: QuerySet, at: str) -> None:
    assert codes(keyset_page(rows, by="live_price_fen", size=2, at=at)) == ["S09", "S08"]
