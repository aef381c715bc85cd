"""A line settled in phases: they take the place of the list's amounts, nothing counts twice (docs/money.md §1)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcn.sales.importers import FORMATS
from mcn.sales.importers.lines import LINE_SCHEMA
from mcn.sales.models import DailySales, EarningEvent, LinePart, OrderLine, SalesImport
from mcn.sales.services.merging import Merge
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.sales.platform_files import rows_of
from tests.sales.services.test_order_of_imports import (
    START,
    kept_lags,
    kept_settled_days,
    numbers_of_lags,
    sums_of_settled_days,
    undone,
)
from tests.settlements.desk import Desk, table

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "6990000000000000104"
PHASES = """
order_id,phase_id,product_id,author_buyin_id,settle_shop_commission,settle_kol_commission,settle_tech_service_fee,settle_time,update_time
"""


def phases(*rows: str) -> list[list[str]]:
    """Phases of the sample's settled line: "number, commission, holder, fee, settled, changed" each."""
    cells = [[cell.strip() for cell in row.split(",")] for row in rows]
    return [*table(PHASES), *([ORDER, row[0], "", "7000000000000000001", *row[1:]] for row in cells)]


FIRST = "1, 3182, 2005, 318, 2026-05-21 02:58:05, 2026-05-21 02:58:11"
SECOND = "2, 500, 300, 50, 2026-06-02 03:05:00, 2026-06-02 03:05:06"
BACK = "3, -1000, -600, -100, 2026-06-09 10:00:00, 2026-06-09 10:00:05"


def test_phases_of_an_unknown_line_wait_for_its_payment_time(desk: Desk) -> None:
    counts = desk.bring(phases(FIRST, SECOND))
    assert (counts["created"], counts["kinds"]) == (2, {"settled": 1, "supplement": 1})
    assert desk.events() == [
        ("settled", "2026-05-21 02:58", "2026-05", "2026-05", 0, 3182, 318, 2005),
        ("supplement", "2026-06-02 03:05", "2026-06", "2026-06", 0, 500, 50, 300),
    ]
    line = desk.line(ORDER)
    assert (line.status, line.account_key, line.phases) == (OrderLine.Status.UNKNOWN, "7000000000000000001", 2)
    counts = desk.bring(rows_of("douyin_alliance"), exported_at="2026-06-05 00:00")
    assert counts["kinds"] == {"supplement": 1}  # the base alone, which phases do not tell
    assert desk.events()[2][4:] == (15153, 0, 0, 0)
    line = desk.line(ORDER)
    assert (line.status, line.account_key, line.settled_gross_fen) == (
        OrderLine.Status.SETTLED,
        "7000000000000000001",  # the id that is known already
        3182,
    )


def test_a_first_phase_that_says_what_the_list_said_changes_nothing_and_the_second_is_a_supplement(desk: Desk) -> None:
    desk.bring(rows_of("douyin_alliance"))
    assert desk.events()[0][4:] == (15153, 3182, 0, 0)
    counts = desk.bring(phases("1, 3182, 0, 0, 2026-05-21 02:58:05, 2026-05-21 02:58:11"))
    assert (counts["created"], counts["events"]) == (1, 0)
    counts = desk.bring(phases(SECOND))
    assert counts["kinds"] == {"supplement": 1}
    assert desk.events()[1] == ("supplement", "2026-06-02 03:05", "2026-06", "2026-06", 0, 500, 50, 300)


def test_phases_that_differ_from_the_list_make_up_the_difference_once(desk: Desk) -> None:
    desk.bring(rows_of("douyin_alliance"))
    counts = desk.bring(phases(FIRST, SECOND))
    assert counts["kinds"] == {"supplement": 1}
    assert desk.events()[1] == ("supplement", "2026-06-02 03:05", "2026-06", "2026-06", 0, 500, 368, 2305)
    again = desk.bring(phases(SECOND, FIRST), exported_at="2026-07-01 00:00")
    assert (again["unchanged"], again["events"]) == (2, 0)


def test_a_later_phase_without_the_first_leaves_the_list_s_amounts(desk: Desk) -> None:
    desk.bring(rows_of("douyin_alliance"))
    counts = desk.bring(phases(SECOND))
    assert (counts["created"], counts["events"]) == (1, 0)
    assert desk.line(ORDER).phases == OrderLine.Phases.WAITING
    desk.bring(phases(FIRST))
    assert desk.line(ORDER).phases == OrderLine.Phases.COUNT
    assert [sum(column) for column in list(zip(*desk.events(), strict=True))[4:]] == [15153, 3682, 368, 2305]


def test_a_list_that_has_money_after_a_later_phase_counts_until_the_first_is_known(desk: Desk) -> None:
    desk.bring(phases(SECOND))
    assert desk.events()[0][4:] == (0, 500, 50, 300)
    desk.bring(rows_of("douyin_alliance"), exported_at="2026-06-05 00:00")
    assert [sum(column) for column in list(zip(*desk.events(), strict=True))[4:]] == [15153, 3182, 0, 0]


def test_a_negative_phase_takes_money_back_at_its_own_time(desk: Desk) -> None:
    desk.bring(phases(FIRST))
    counts = desk.bring(phases(BACK))
    assert counts["kinds"] == {"clawback": 1}
    assert desk.events()[1] == ("clawback", "2026-06-09 10:00", "2026-06", "2026-06", 0, -1000, -100, -600)


def test_a_list_that_falls_takes_nothing_back_where_the_phases_count(desk: Desk) -> None:
    rows = rows_of("douyin_alliance")
    desk.bring(rows)
    desk.bring(phases(FIRST))
    number = rows[0].index("实际佣金支出")
    fallen = [*rows[:3], [*rows[3][:number], "10.00", *rows[3][number + 1 :]]]
    counts = desk.bring(fallen, exported_at="2026-07-01 00:00")
    assert (counts["changed"], counts["events"]) == (1, 0)
    assert desk.line(ORDER).settled_gross_fen == 1000  # as the list says; the phases say more


def test_a_corrected_phase_is_dated_by_its_change(desk: Desk) -> None:
    desk.bring(phases(FIRST))
    desk.bring(phases("1, 3100, 2005, 318, 2026-05-21 02:58:05, 2026-06-11 09:00:00"))
    assert desk.events()[1] == ("clawback", "2026-06-11 09:00", "2026-06", "2026-06", 0, -82, 0, 0)


# ── Any order ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Told:
    """One row of an export of the list (phase 0) or of the phases."""

    exported: int
    phase: int
    gross: int

    def row(self) -> dict[str, Any]:
        shared = {"platform": "douyin", "order_key": ORDER, "line_key": ORDER, "account_key": "1", "flags": ""}
        if self.phase:
            day = START + timedelta(days=self.phase)
            own = {"part_key": str(self.phase), "status": "settled", "status_order": 4, "settled_at": day}
            own |= {"set_gross": self.gross, "set_fee": self.gross // 10, "set_holder": 0}
        else:
            own = {"status": "settled", "status_order": 4, "paid_at": START, "settled_at": START + timedelta(days=1)}
            own |= {"set_base": 1000, "set_gross": self.gross, "set_fee": 0}
        return {**shared, **own, "row_number": 1 + self.phase, "row_hash": hash((self.phase, self.gross))}


def bring(people: World, sales_import: SalesImport, rows: list[Told]) -> None:
    agency = Agency.objects.get(pk=people.id)
    layout = FORMATS["douyin_phases" if rows[0].phase else "douyin_alliance"]
    merge = Merge(
        agency=agency,
        sales_import_id=sales_import.pk,
        exported_at=START + timedelta(days=rows[0].exported),
        last_closed="",
        fee_rates={},
    )
    frame = pl.DataFrame([told.row() for told in rows], schema=dict(LINE_SCHEMA))
    merge.batch(merge.staged(frame, layout), layout)
    merge.finish()


@st.composite
def exports(draw: st.DrawFn) -> tuple[list[list[Told]], list[int]]:
    """Exports of the list and of phases, each phase the same everywhere, and in which order they come, with repeats."""
    amounts = st.sampled_from([-700, -100, 0, 300, 900])
    phase = [0, *(draw(amounts) for _ in range(3))]
    found = []
    for number in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            found.append([Told(number, 0, draw(st.sampled_from([0, 400, 1200])))])
        else:
            some = draw(st.lists(st.integers(1, 3), unique=True, min_size=1))
            found.append([Told(number, which, phase[which]) for which in some])
    order = draw(st.permutations(range(len(found))))
    return found, [*order, *draw(st.lists(st.integers(0, len(found) - 1), max_size=3))]


def expected(found: list[list[Told]]) -> tuple[int, int, int]:
    """Base, gross and fee that must count in the end."""
    told = [row for export in found for row in export]
    listed = [row.gross for row in sorted(told, key=lambda row: row.exported) if not row.phase]
    parts = {row.phase: row.gross for row in told if row.phase}
    base = 1000 if listed else 0
    if parts and (1 in parts or not (listed and listed[-1])):
        return base, sum(parts.values()), sum(gross // 10 for gross in parts.values())
    return base, listed[-1] if listed else 0, 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=exports())
def test_order_and_repetition_do_not_matter(xinghe: World, world: tuple[list[list[Told]], list[int]]) -> None:
    found, order = world
    with undone(xinghe) as sales_import:
        for place in order:
            bring(xinghe, sales_import, found[place])
        sums = EarningEvent.objects.aggregate(base=Sum("base_fen"), gross=Sum("gross_fen"), fee=Sum("fee_fen"))
        base, gross, fee = expected(found)
        assert tuple(sums[name] or 0 for name in ("base", "gross", "fee")) == (base, gross, fee)
        line = OrderLine.objects.get()
        counted = LinePart.objects.filter(is_phase=True).aggregate(gross=Sum("gross_fen"))["gross"]
        assert (counted if line.phases == OrderLine.Phases.COUNT else line.settled_gross_fen) == gross
        days = DailySales.objects.aggregate(base=Sum("settled_base_fen"), pool=Sum("settled_pool_fen"))
        if line.paid_at:
            assert (days["base"], days["pool"]) == (base, gross - fee)
        assert kept_settled_days() == sums_of_settled_days()
        assert kept_lags() == numbers_of_lags()
        kinds = [(event.kind, event.gross_fen - event.fee_fen) for event in EarningEvent.objects.order_by("id")]
        assert [kind for kind, pool in kinds if pool] == [
            "clawback" if pool < 0 else kind for kind, pool in kinds if pool
        ]
