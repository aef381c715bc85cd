"""Does a month cost the same when many lie behind it? One large agency, month after month, among many small ones.

`make bench-scale` brings in 30 months of a million order lines each (MCN_SCALE_MONTHS, MCN_SCALE_LINES), calculates
each and exports its lines, and compares the last with the first; the floor is the raw COPY of the same file just
before. 200 small agencies (MCN_SCALE_AGENCIES) have a list of their own beside it. It needs about 1.2 GB of disk for
each million lines.
"""

import os
import statistics
from pathlib import Path

import pytest
from django.db import connections

from tests.bench import month, steps
from tests.bench.agencies import make_agency
from tests.bench.measure import Measured, in_own_process, machine

pytestmark = [pytest.mark.scale, pytest.mark.django_db(transaction=True)]

MONTHS = int(os.environ.get("MCN_SCALE_MONTHS", "30"))
LINES = int(os.environ.get("MCN_SCALE_LINES", "1000000"))
AGENCIES = int(os.environ.get("MCN_SCALE_AGENCIES", "200"))
SMALL = 1_000
MOST_GROWTH = 1.2
STEPS = ("import", "calculation", "lines as csv")
BOUND = ("import", "calculation")  # what may not grow further than that
COMPARED = 3  # months at either end: one alone tells as much of the machine as of the product


def test_the_thirtieth_month_costs_what_the_first_did(
    db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = str(tmp_path / "files")
    small = tmp_path / "small.csv"
    month.write_month(small, SMALL, month.Month(-1))
    _small_agencies(tmp_path, small, files)
    agency_id = make_agency(tmp_path, month.AGENCY)
    # The platform is known from the beginning, so that every month goes the same way.
    in_own_process(steps.bring, agency_id, str(small), month.Month(-1).exported_at, files)

    rows = []
    with capsys.disabled():
        print(f"\n{MONTHS} × {LINES:,} order lines beside {AGENCIES} agencies; {machine()}")
        heads = "".join(f"{step:>13}{'× floor':>9}" for step in STEPS)
        print(f"{'month':<10}{'floor':>8}{heads}{'database GiB':>14}")
    for number in range(MONTHS):
        row = _one_month(tmp_path, agency_id, month.Month(number), files)
        rows.append(row)
        floor, *taken = (step.seconds for step in row)
        told = "".join(f"{seconds:>13.1f}{seconds / floor:>9.2f}" for seconds in taken)
        with capsys.disabled():
            print(
                f"{month.Month(number).period:<10}{floor:>8.1f}{told}{_database_bytes() / 2**30:>14.1f}",
                flush=True,
            )
    if len(rows) >= 2 * COMPARED:
        grown = {name: _growth(rows, place) for place, name in enumerate(STEPS, 1)}
        with capsys.disabled():
            print(", ".join(f"{name} grew by {100 * (ratio - 1):.0f} %" for name, ratio in grown.items()))
        assert max(grown[name] for name in BOUND) <= MOST_GROWTH


def _small_agencies(folder: Path, small: Path, files: str) -> None:
    """Agencies side by side in the same tables, each with a month of its own."""
    for number in range(AGENCIES):
        agency_id = make_agency(folder, f"small-{number}", anchors=5)
        steps.bring(agency_id, str(small), month.Month(-1).exported_at, files)


def _one_month(folder: Path, agency_id: int, which: month.Month, files: str) -> list[Measured]:
    """The floor, and then the steps."""
    orders = folder / "month.csv"
    month.write_month(orders, LINES, which)
    floor = in_own_process(steps.floor, str(orders))
    brought = in_own_process(steps.bring, agency_id, str(orders), which.exported_at, files)
    reckoned = in_own_process(steps.calculate, agency_id, which.period)
    exported = in_own_process(steps.export_lines, agency_id, which.period, files)
    assert brought.result["created"] == LINES
    assert reckoned.result["unmatched"] == []
    rows, csv = exported.result
    assert rows > LINES
    for stored in (Path(csv), *Path(files).rglob("original.csv")):
        stored.unlink()  # the disk is for the database
    return [floor, brought, reckoned, exported]


def _growth(rows: list[list[Measured]], place: int) -> float:
    """The middle of the last months' ratios to their floors, over that of the first months."""
    ratios = [row[place].seconds / row[0].seconds for row in rows]
    return statistics.median(ratios[-COMPARED:]) / statistics.median(ratios[:COMPARED])


def _database_bytes() -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute("select pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
