"""`make bench`: one month of a million order lines, against the least that PostgreSQL needs to take the file in.

MCN_BENCH_LINES makes it smaller; the aims are for a million lines on a machine that does nothing else.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import transaction

from mcn.settlements.agency_file import load
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import operator_scope
from tests.bench import month, steps
from tests.bench.measure import Measured, in_own_process

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

LINES = int(os.environ.get("MCN_BENCH_LINES", "1000000"))
MOST_MEMORY = 1.5 * 2**30
MOST_TIMES_THE_FLOOR = {"first import": 5, "identical re-import": 3}
Tell = Callable[[str, Measured, Measured], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Print a line of the table that is the result of the bench."""

    def line(name: str, measured: Measured, floor: Measured) -> None:
        ratio = measured.seconds / floor.seconds
        aim = MOST_TIMES_THE_FLOOR.get(name)
        verdict = "" if aim is None else f"   aim ≤ {aim}: {'reached' if ratio <= aim else 'missed'}"
        with capsys.disabled():
            print(f"{name:<22}{measured.seconds:8.1f} s{ratio:7.2f} ×{measured.peak_bytes / 2**20:7.0f} MiB{verdict}")

    return line


def test_import(db: None, tmp_path: Path, tell: Tell) -> None:
    roster = tmp_path / "agency.yaml"
    month.write_agency(roster)
    load(actor=None, path=roster)
    with operator_scope(), transaction.atomic():
        agency_id = Agency.objects.get(slug=month.AGENCY).pk
    csv, refunds, files = tmp_path / "month.csv", tmp_path / "refunds.csv", str(tmp_path / "files")
    month.write_month(csv, LINES)
    month.write_refunds(refunds, LINES)

    floor = in_own_process(steps.floor, str(csv))
    tell("floor (raw COPY)", floor, floor)
    first = in_own_process(steps.bring, agency_id, str(csv), month.EXPORTED_AT, files)
    tell("first import", first, floor)
    again = in_own_process(steps.bring, agency_id, str(csv), month.EXPORTED_AT, files)
    tell("identical re-import", again, floor)
    fallen = in_own_process(steps.bring, agency_id, str(refunds), month.REFUNDS_EXPORTED_AT, files)
    tell("clawbacks", fallen, floor)

    assert (first.result["rows"], first.result["created"]) == (LINES, LINES)
    assert (again.result["unchanged"], again.result["events"]) == (LINES, 0)
    assert first.result["unmatched"] == {}
    assert fallen.result["kinds"] == {"clawback": fallen.result["rows"]}
    assert max(first.peak_bytes, again.peak_bytes) < MOST_MEMORY
