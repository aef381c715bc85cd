"""Statistics of the database that do not know an agency must not lead its imports through all of its lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from mcn.sales.services import imports
from mcn.settlements import intake
from tests.bench import month, steps
from tests.bench.agencies import make_agency

pytestmark = pytest.mark.django_db(transaction=True)
LINES = 1_500
TABLES = "sales_orderline", "sales_earningevent", "sales_linepart"


@pytest.fixture
def no_autovacuum() -> Iterator[None]:
    """Nothing learns of an agency by the way: the database would, up to once a minute."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table {table} set (autovacuum_enabled = false)")
    yield
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table {table} reset (autovacuum_enabled)")


@pytest.fixture
def unknown(no_autovacuum: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """An agency with lines, of which the statistics know nothing, beside one that they know."""
    orders, files = tmp_path / "month.csv", str(tmp_path / "files")
    month.write_month(orders, LINES)
    steps.bring(make_agency(tmp_path, "known", anchors=5), str(orders), month.EXPORTED_AT, files)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"analyze {', '.join(TABLES)}")
    monkeypatch.setattr(imports, "ANALYZE_FROM_ROWS", 10 * LINES)
    monkeypatch.setattr(intake, "refresh_unmatched", lambda periods: {})  # it does look at all lines of its months
    young = make_agency(tmp_path, "young", anchors=5)
    steps.bring(young, str(orders), month.EXPORTED_AT, files)
    return young


def read_by(index: str) -> int:
    """Entries that queries read of an index, so far. A connection tells its counts once a second unless it is asked."""
    with connections["default"].cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
    with connections["owner"].cursor() as cursor:
        cursor.execute("select idx_tup_read from pg_stat_user_indexes where indexrelname = %s", [index])
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("name", ["the same list", "the refunds"])
def test_an_import_never_walks_over_the_lines_of_an_agency(unknown: int, tmp_path: Path, name: str) -> None:
    orders, files = tmp_path / "next.csv", str(tmp_path / "files")
    if name == "the refunds":
        month.write_refunds(orders, LINES)
    else:
        month.write_month(orders, LINES)
    before = read_by("order_line_day"), read_by("order_line_key")
    done: dict[str, Any] = steps.bring(unknown, str(orders), month.REFUNDS_EXPORTED_AT, files)
    assert done["changed"] or done["unchanged"] == LINES or done["confirmed"] == LINES
    assert read_by("order_line_day") == before[0]
    assert read_by("order_line_key") - before[1] >= done["rows"]
