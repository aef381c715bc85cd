"""Looked at first or not: the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mcn.commissions.models import Unmatched
from mcn.sales.models import (
    DailySales,
    EarningEvent,
    FormerLine,
    FormerPart,
    ImportDifference,
    LinePart,
    OrderLine,
    SalesImport,
)
from mcn.sales.services import staging
from mcn.settlements.models import Period
from tests.agencies import make_world
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk
from tests.settlements.looks import close, difference, drop, look, take_in, told

pytestmark = pytest.mark.django_db(transaction=True)

NOT_COMPARED = {
    "id",
    "agency",
    "actor",
    "created_at",
    "made_at",
    "recorded_at",
    "job",
    "stored_path",
    "rows_file",
    "rejected_file",
}
WRITTEN: tuple[type[Model], ...] = (
    OrderLine,
    LinePart,
    EarningEvent,
    DailySales,
    FormerLine,
    FormerPart,
    ImportDifference,
    SalesImport,
    Period,
    Unmatched,
)


def everything(desk: Desk) -> dict[str, list[Any]]:
    """Every row that imports write, in order, without ids, times and names of files; references by what they name."""
    with desk.reading():
        numbers = {row.pk: number for number, row in enumerate(SalesImport.objects.order_by("pk"))}
        names: dict[str, dict[int, Any]] = {
            "sales_import": numbers,
            "lines_changed_by": numbers,
            "line": {row.pk: (row.platform, row.order_key, row.line_key) for row in OrderLine.objects.all()},
            "part": {row.pk: (row.part_key, str(row.line)) for row in LinePart.objects.all()},
            "event": {row.pk: (row.kind, str(row.line), row.pool_fen) for row in EarningEvent.objects.all()},
        }

        def named(field: str, value: Any) -> Any:
            return names[field].get(value) if field in names else value

        found = {}
        for model in WRITTEN:
            fields = [field for field in model._meta.concrete_fields if field.name not in NOT_COMPARED]
            rows = [
                [named(field.name, row.__dict__[field.attname]) for field in fields]
                for row in model._default_manager.order_by("pk")
            ]
            found[model.__name__] = sorted(rows, key=repr) if model in (OrderLine, DailySales, Unmatched) else rows
        return found


def file_of(code: str, change: int) -> list[list[Any]]:
    """A sample file, or one of a few changes of it."""
    rows: list[list[Any]] = rows_of(code)
    if code == "douyin_alliance" and change:
        rows = with_cell(rows, 4, "结算金额", f"{change * 50}.00")
        rows = with_cell(rows, 4, "实际佣金支出", f"{change * 10}.00")
        if change == 3:
            rows = with_cell(rows, 4, "抖音/火山号", "404")
        rows = with_cell(rows, 2, "支付金额", "viel") if change == 2 else rows
    if code == "taobao_refunds" and change:
        rows = with_cell(rows, 2, "show_return_fee", f"{change}.00")
    return rows


@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller example would not be worth the minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["douyin_alliance", "taobao_union", "taobao_refunds", "douyin_phases"]),
            st.integers(0, 3),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["", "2026-05", "2026-06"]),
)
def test_looked_at_dropped_looked_at_again_and_taken_in_is_the_same_as_at_once(
    own_files: Path, db_numbers: Callable[[], int], files: list[tuple[str, int, int]], closed: str
) -> None:
    number = db_numbers()
    at_once, looked = Desk(make_world(f"at-once-{number}")), Desk(make_world(f"looked-{number}"))
    for code, change, day in files:
        rows, exported_at = file_of(code, change), f"2026-08-0{day} 00:00"
        desk_before = everything(looked)
        look(looked, rows, exported_at=exported_at)
        expected = told(difference(looked))
        drop(looked, looked.imports()[-1])
        after = everything(looked)
        assert {name for name in after if after[name] != desk_before[name]} <= {"SalesImport", "ImportDifference"}
        with looked.reading():
            ImportDifference.objects.filter(sales_import__state="dropped").delete()
            SalesImport.objects.filter(state="dropped").delete()

        at_once.bring(rows, exported_at=exported_at)
        job = take_in(looked, look(looked, rows, exported_at=exported_at))
        assert job.state == "done", job.error_text()
        assert told(difference(looked)) == expected == told(difference(at_once))
        assert sum(row["pool_fen"] for row in expected["events"]) == expected["settled_pool_fen"]
        assert sum(row["base_fen"] for row in expected["events"]) == expected["settled_base_fen"]
        assert sum(row["pool_fen"] for row in expected["anchors"]) == expected["settled_pool_fen"]
        assert everything(looked) == everything(at_once)
        if closed:
            close(at_once, closed)
            close(looked, closed)
            closed = ""


@pytest.fixture
def db_numbers(db: None) -> Callable[[], int]:
    """Numbers for the agencies of one example after the other."""
    numbers = iter(range(1, 1000))
    return lambda: next(numbers)


def test_the_statements_of_an_import_are_those_of_its_look(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No second reading of lines for the difference: it is worked out from sums, once an import."""
    ran: list[str] = []
    original = staging.run

    def watched(name: str, parameters: dict[str, Any]) -> Any:
        ran.append(name)
        return original(name, parameters)

    monkeypatch.setattr(staging, "run", watched)
    looked = look(desk, rows_of("douyin_alliance"))
    once = list(ran)
    ran.clear()
    take_in(desk, looked)
    assert ran == once
    assert [name for name in once if name in ("sum_days", "account_differences", "payment_months")] == [
        "sum_days",
        "account_differences",
        "payment_months",
    ]
