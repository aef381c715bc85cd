"""Exports of months that the product itself calculated, for random agencies: every sum that has to hold, holds."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import transaction

from mcn.commissions.models import Unmatched
from mcn.core.money import fen_from_yuan
from mcn.settlements.exports import services
from mcn.settlements.models import Statement
from mcn.settlements.services.calculation import COLUMNS, calculate
from mcn.tenancy.scope import agency_scope
from tests.worlds import make_world
from tests.worlds.database import make_agency, put

pytestmark = pytest.mark.django_db
SEEDS = range(4)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def rows(name: str) -> list[dict[str, str]]:
    with services.files.path_of(f"exports/1/{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("seed", SEEDS)
def test_exports_hold_what_the_calculation_paid(seed: int) -> None:
    world = make_world(seed)
    agency = make_agency(world)
    with agency_scope(agency.pk), transaction.atomic():
        put(world)
        for period in map(str, world.periods):
            calculate(actor=None, period=period)
            what = ["statements", "lines", "unmatched"]
            services.write_files(actor=None, period=period, what=what, formats=["csv", "xlsx"], name="exports/1")
            check_statements(period)
            check_lines(period)
            check_unmatched(period)
            check_totals()


def check_statements(period: str) -> None:
    statements = list(Statement.objects.filter(period__code=period).order_by("code"))
    for row, statement in zip(rows("statements"), statements, strict=True):
        assert (row["payee"], int(row["lines"])) == (statement.code, statement.lines)
        for column in COLUMNS:
            if column in row:
                assert fen_from_yuan(row[column]) == getattr(statement, f"{column}_fen"), column
            else:  # it follows from the others, or nobody has any
                assert column == "tax_borne" or (column, statement.instalments_fen) == ("instalments", 0)


def check_lines(period: str) -> None:
    """Σ lines of a payee = earned; Σ of an event = its pool; the agency's row is an event's last."""
    found = rows("lines")
    earned: dict[str, int] = defaultdict(int)
    events: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for place, row in enumerate(found):
        earned[row["payee"]] += fen_from_yuan(row["share"])
        events[row["occurred_at"], row["platform"], row["order"], row["line"], row["event"]].append(row)
        following = found[place + 1] if place + 1 < len(found) else None
        if following and row["payee"] != "AGENCY":
            assert following["order"] == row["order"]
    for statement in Statement.objects.filter(period__code=period):
        assert earned[statement.code] == statement.earned_fen
    for rows_of_event in events.values():
        agency = [row for row in rows_of_event if row["payee"] == "AGENCY"]
        pools = sum(fen_from_yuan(row["pool"]) for row in agency)
        assert sum(fen_from_yuan(row["share"]) for row in rows_of_event) == pools
    assert found == sorted(found, key=lambda row: (row["occurred_at"], row["platform"], row["order"], row["line"]))


def check_unmatched(period: str) -> None:
    expected = Unmatched.objects.filter(period=period).exclude(reason="")
    assert sorted((row["reason"], fen_from_yuan(row["pool"])) for row in rows("unmatched")) == sorted(
        expected.values_list("reason", "pool_fen")
    )


def check_totals() -> None:
    """The check rows of all xlsx are 0."""
    for name in ("statements", "lines", "unmatched"):
        book = openpyxl.load_workbook(services.files.path_of(f"exports/1/{name}.xlsx"), read_only=True)
        *_rows, check = book.worksheets[0].values
        assert {value for value in check[1:] if value is not None} == {0}
