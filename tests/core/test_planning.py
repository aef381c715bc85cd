"""Settings of the database go back when the work that they are for ends."""

import pytest
from django.db import DatabaseError, connection, transaction

from mcn.core.planning import expecting, local_settings

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
