"""The agency's zone and start of the day decide on which day an order was paid, also of orders that are there."""

from datetime import date, time

import pytest

from mcn.core.errors import RuleError
from mcn.sales.models import OrderLine
from mcn.settlements.services.agencies import settings_save
from tests.agencies import World
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db


def paid_on() -> set[date]:
    return set(OrderLine.objects.values_list("paid_on", flat=True))


def test_lines_are_dated_anew_when_the_day_begins_at_another_time(xinghe: World) -> None:
    books = Books(xinghe)
    with xinghe.open():
        books.roster()
        books.event("1", 10000, JUNE)  # paid on 2 June at 08:00 in Shanghai
        given = {"actor": xinghe.owner, "slug": xinghe.agency.slug, "name": xinghe.agency.name}
        assert paid_on() == {date(2026, 6, 2)}
        settings_save(**given, day_starts_at=time(9, 0))
        assert paid_on() == {date(2026, 6, 1)}
        settings_save(**given, day_starts_at=time(8, 0))
        assert paid_on() == {date(2026, 6, 2)}
        settings_save(**given, timezone="America/New_York")
        assert paid_on() == {date(2026, 6, 1)}


def test_what_a_closed_month_settled_is_not_dated_anew(xinghe: World) -> None:
    books = Books(xinghe)
    with xinghe.open():
        books.roster()
        books.event("1", 10000, JUNE)
        books.close(JUNE)
        with pytest.raises(RuleError, match="is closed"):
            settings_save(
                actor=xinghe.owner, slug=xinghe.agency.slug, name=xinghe.agency.name, day_starts_at=time(9, 0)
            )
        assert paid_on() == {date(2026, 6, 2)}
