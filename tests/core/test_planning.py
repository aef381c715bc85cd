"""Settings of the database go back when the work that they are for ends."""

import pytest
from django.db import DatabaseError, connection, transaction

from mcn.core.planning import by_keys, expected_of, expecting, local_settings
from mcn.sales.models import OrderLine
from mcn.sales.services.imports import tell_planner
from tests.agencies import World
from tests.month import make_line, make_month

pytestmark = pytest.mark.django_db


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting(%s)", [name])
        return cursor.fetchone()[0]


def test_settings_hold_inside_only() -> None:
    before = shown("work_mem")
    with local_settings(work_mem="9MB"):
        with local_settings(work_mem="11MB"):
            assert shown("work_mem") == "11MB"
        assert shown("work_mem") == "9MB"
    assert shown("work_mem") == before


def test_what_fails_takes_them_back() -> None:
    before = shown("work_mem")
    with pytest.raises(DatabaseError), transaction.atomic(), local_settings(work_mem="9MB"):
        shown("no.such.setting")
    assert shown("work_mem") == before


@pytest.mark.parametrize(("rows", "nestloop"), [(20_000, "on"), (20_001, "off")])
def test_many_rows_are_not_looked_up_one_by_one(rows: int, nestloop: str) -> None:
    with expecting(rows):
        assert shown("enable_nestloop") == nestloop
    assert shown("enable_nestloop") == "on"


@pytest.mark.parametrize(("rows", "hashjoin"), [(20, "off"), (200, "off"), (201, "on")])
def test_rows_are_joined_by_keys_where_a_tenth_of_them_is_known(inside: World, rows: int, hashjoin: str) -> None:
    month = make_month()
    for number in range(20 - OrderLine.objects.count()):
        make_line(month.sales_import, f"{number}")
    tell_planner()
    assert expected_of("sales_orderline", inside.id) == 20
    with by_keys("sales_orderline", inside.id, rows):
        assert shown("enable_hashjoin") == hashjoin
    assert shown("enable_hashjoin") == "on"


def test_of_an_agency_without_statistics_next_to_nothing_is_expected(inside: World) -> None:
    assert expected_of("sales_orderline", inside.id) < 20
