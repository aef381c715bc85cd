"""Whatever order exports come in, and however often: the newest state stands, and the events add up to it."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl
import pytest
from django.db import connections, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcn.core.money import R
from mcn.sales.importers import FORMATS
from mcn.sales.importers.lines import LINE_SCHEMA
from mcn.sales.models import DailySales, DailySettled, EarningEvent, OrderLine, SalesImport, SettlementLag
from mcn.sales.services.merging import Merge, Merged
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 6, 1, tzinfo=UTC)
ROWS_A_BATCH = 2
RATE = Decimal("0.1")
ACCOUNTS = ["10000000001", "10000000002", ""]


@dataclass(frozen=True)
class State:
    """One row of one export."""

    line: int
    exported: int
    status: int
    base: int
    gross: int
    account: str
    changed: int | None

    @property
    def newness(self) -> tuple[int, int, int]:
        return (self.changed or 0, self.status, self.exported)

    def row(self) -> dict[str, Any]:
        settled = self.status == 4
        content = {
            "platform": "douyin",
            "order_key": f"69900000000000000{self.line}",
            "line_key": f"69900000000000000{self.line}",
            "account_key": self.account or None,
            "status_order": self.status,
            "status": "settled" if settled else "received",
            "paid_at": START + timedelta(hours=self.line * 20 + 24 * (self.exported % 2)),
            "settled_at": START + timedelta(days=20) if settled else None,
            "changed_at": None if self.changed is None else START + timedelta(days=self.changed),
            "est_base": 10_000,
            "est_gross": 0 if self.status == 5 else 2_000,
            "set_base": self.base if settled else 0,
            "set_gross": self.gross if settled else 0,
            "flags": "",
        }
        digest = hashlib.blake2b(repr(sorted(content.items())).encode(), digest_size=8).digest()
        return {**content, "row_number": self.line, "row_hash": int.from_bytes(digest, "big", signed=True)}


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[list[State]], list[int]]:
    """Exports, each with rows of some of three lines, and the order in which they are brought in, with repeats."""
    dated = draw(st.booleans())
    count = draw(st.integers(1, 5))
    exports = []
    for number in range(count):
        lines = draw(st.lists(st.integers(1, 3), unique=True, min_size=1))
        exports.append(
            [
                State(
                    line=line,
                    exported=number + 1,
                    status=draw(st.sampled_from([1, 3, 4, 4, 4, 5])),
                    base=draw(st.integers(-5_000, 20_000)),
                    gross=draw(st.integers(-900, 4_000)),
                    account=draw(st.sampled_from(ACCOUNTS)),
                    changed=draw(st.integers(1, 4)) if dated else None,
                )
                for line in lines
            ]
        )
    order = draw(st.permutations(range(count)))
    repeats = draw(st.lists(st.integers(0, count - 1), max_size=3))
    return exports, [*order, *repeats]


@contextmanager
def undone(people: World) -> Iterator[SalesImport]:
    """A transaction in the agency's scope that leaves nothing behind, and an import to hang rows on."""
    with agency_scope(people.id), transaction.atomic():
        yield SalesImport.objects.create(
            file_name="orders.csv", sha256="", size=1, exported_at=START, retain_until=START.date()
        )
        transaction.set_rollback(True)


def bring(people: World, sales_import: SalesImport, export: list[State]) -> Merged:
    agency = Agency.objects.get(pk=people.id)
    merge = Merge(
        agency=agency,
        sales_import_id=sales_import.pk,
        exported_at=START + timedelta(days=export[0].exported),
        last_closed="",
        fee_rates={"douyin": RATE},
    )
    frame = pl.DataFrame([state.row() for state in export], schema=dict(LINE_SCHEMA))
    layout = FORMATS["douyin_alliance"]
    for rows in frame.iter_slices(ROWS_A_BATCH):  # whether a batch is staged whole goes by the batches before
        merge.batch(merge.staged(rows, layout), layout)
    return merge.finish()


def triples() -> dict[str, tuple[int, int, int]]:
    return {
        line.order_key: (line.settled_base_fen, line.settled_gross_fen, line.settled_fee_fen)
        for line in OrderLine.objects.all()
    }


def newest(exports: list[list[State]]) -> dict[str, tuple[int, int, int]]:
    """What each line must say in the end."""
    states = sorted((state for export in exports for state in export), key=lambda state: (state.line, state.newness))
    found = {}
    for _line, group in groupby(states, key=lambda state: state.line):
        row = list(group)[-1].row()
        found[row["order_key"]] = (row["set_base"], row["set_gross"], R(row["set_gross"] * RATE))
    return found


def sums_of_days() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The sums by day and account, made from the lines one by one."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for line in OrderLine.objects.all():
        assert line.paid_at is not None
        day = (line.paid_at + timedelta(hours=8)).date()
        sums = found.setdefault((day, line.account_key), [0] * 8)
        invalid = line.status == OrderLine.Status.INVALID
        figures = (
            1,
            int(invalid),
            0 if invalid else line.estimated_base_fen or line.settled_base_fen,
            line.estimated_gross_fen,
            line.settled_base_fen,
            line.settled_gross_fen - line.settled_fee_fen,
            int(1 <= line.status <= 3),
            line.estimated_gross_fen if 1 <= line.status <= 3 else 0,
        )
        found[day, line.account_key] = [left + right for left, right in zip(sums, figures, strict=True)]
    return {key: tuple(sums) for key, sums in found.items()}


def sums_of_settled_days() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The sums by day of the event and account, made from the events one by one."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for event in EarningEvent.objects.select_related("line"):
        day = (event.occurred_at + timedelta(hours=8)).date()
        sums = found.setdefault((day, event.line.account_key or event.line.account_name), [0] * 7)
        kinds = [int(event.kind == kind) for kind in ("settled", "supplement", "clawback")]
        figures = (*kinds, event.base_fen, event.gross_fen, event.fee_fen, event.holder_fen)
        sums[:] = [left + right for left, right in zip(sums, figures, strict=True)]
    return {key: tuple(sums) for key, sums in found.items()}


def kept_settled_days() -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The same as the imports keep it."""
    return {
        (day.day, day.account_key): (
            day.settled_events, day.supplement_events, day.clawback_events, day.base_fen, day.gross_fen, day.fee_fen,
            day.holder_fen,
        )
        for day in DailySettled.objects.all()
    }  # fmt: skip


def numbers_of_lags() -> Counter[tuple[str, int]]:
    """How many lines were settled how many days after their payment, by month of the settlement, one by one."""
    found: Counter[tuple[str, int]] = Counter()
    for event in EarningEvent.objects.filter(kind="settled", line__paid_on__isnull=False).select_related("line"):
        days = (event.occurred_at + timedelta(hours=8)).date() - event.line.paid_on
        found[event.original_period, max(days.days, 0)] += 1
    return found


def kept_lags() -> Counter[tuple[str, int]]:
    """The same as the imports keep it."""
    return Counter({(lag.settled_month, lag.days): lag.lines for lag in SettlementLag.objects.all()})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_order_and_repetition_do_not_matter(xinghe: World, world: tuple[list[list[State]], list[int]]) -> None:
    exports, order = world
    with undone(xinghe) as sales_import:
        for place in order:
            bring(xinghe, sales_import, exports[place])
        assert triples() == newest(exports)
        sums = EarningEvent.objects.values_list("line__order_key").annotate(
            Sum("base_fen"), Sum("gross_fen"), Sum("fee_fen")
        )
        told = {key: amounts for key, *amounts in sums}
        assert {key: tuple(told.get(key, (0, 0, 0))) for key in triples()} == newest(exports)
        kept = {
            (day.day, day.account_key): (
                day.lines, day.invalid_lines, day.gmv_fen, day.estimated_gross_fen, day.settled_base_fen,
                day.settled_pool_fen, day.open_lines, day.open_estimate_fen,
            )
            for day in DailySales.objects.all()
        }  # fmt: skip
        assert kept == sums_of_days()
        assert kept_settled_days() == sums_of_settled_days()
        assert kept_lags() == numbers_of_lags()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_a_second_round_appends_nothing(xinghe: World, world: tuple[list[list[State]], list[int]]) -> None:
    exports, order = world
    with undone(xinghe) as sales_import:
        for place in order:
            bring(xinghe, sales_import, exports[place])
        for place in order:
            merged = bring(xinghe, sales_import, exports[place])
            assert (merged.kinds, merged.outcomes["created"], merged.outcomes["changed"]) == ({}, 0, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=worlds())
def test_kinds_go_by_what_they_change(xinghe: World, world: tuple[list[list[State]], list[int]]) -> None:
    exports, order = world
    with undone(xinghe) as sales_import:
        for place in order:
            bring(xinghe, sales_import, exports[place])
        seen: set[int] = set()
        for event in EarningEvent.objects.order_by("id"):
            way = event.gross_fen - event.fee_fen or event.base_fen or event.gross_fen
            assert event.kind == ("clawback" if way < 0 else "supplement" if event.line_id in seen else "settled")
            seen.add(event.line_id)


def test_the_ids_of_a_later_import_are_higher_than_what_any_other_session_took(xinghe: World) -> None:
    """Events of one moment go by their ids, and every session takes ids in blocks."""
    first, second = [
        State(line=line, exported=line, status=4, base=100, gross=10, account="", changed=None) for line in (1, 2)
    ]
    with undone(xinghe) as sales_import:
        bring(xinghe, sales_import, [first])
        with connections["owner"].cursor() as another:
            another.execute("select nextval('sales_orderline_id_seq'), nextval('sales_earningevent_id_seq')")
            line, event = another.fetchone()
        bring(xinghe, sales_import, [second])
        assert OrderLine.objects.latest("id").pk > line
        assert EarningEvent.objects.latest("id").pk > event
