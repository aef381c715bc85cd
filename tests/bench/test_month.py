"""`make bench`: one month of a million order lines, against the least that PostgreSQL needs to take the file in.

MCN_BENCH_LINES makes it smaller; the aims are for a million lines on a machine that does nothing else.
"""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F, Sum

from mcn.settlements.agency_file import load
from mcn.settlements.models import Statement
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope
from tests.bench import month, plain, steps
from tests.bench.measure import Measured, in_own_process, machine

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

LINES = int(os.environ.get("MCN_BENCH_LINES", "1000000"))
SAMPLE_ONE_IN = 100
MOST_MEMORY = 1.5 * 2**30
MOST_TIMES_THE_FLOOR = {"first import": 5, "identical re-import": 3, "calculation": 2, "lines as csv": 1}


def test_month(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agency_id = _agency(tmp_path, month.AGENCY)
    orders, refunds, files = tmp_path / "month.csv", tmp_path / "refunds.csv", str(tmp_path / "files")
    month.write_month(orders, LINES)
    month.write_refunds(refunds, LINES)

    floors = [in_own_process(steps.floor, str(orders))]
    first = in_own_process(steps.bring, agency_id, str(orders), month.EXPORTED_AT, files)
    again = in_own_process(steps.bring, agency_id, str(orders), month.EXPORTED_AT, files)
    floors.append(in_own_process(steps.floor, str(orders)))
    fallen = in_own_process(steps.bring, agency_id, str(refunds), month.REFUNDS_EXPORTED_AT, files)
    reckoned = in_own_process(steps.calculate, agency_id, month.PERIOD)
    exported = in_own_process(steps.export_lines, agency_id, month.PERIOD, files)
    floors.append(in_own_process(steps.floor, str(orders)))

    known = month.known(LINES)
    assert (first.result["rows"], first.result["created"]) == (LINES, LINES)
    assert first.result["kinds"] == {"settled": known.events}
    assert first.result["unmatched"] == {}
    assert (again.result["unchanged"], again.result["events"]) == (LINES, 0)
    assert fallen.result["kinds"] == {"clawback": known.clawbacks}
    _check_totals(agency_id, reckoned.result, known)
    _check_file(exported.result, reckoned.result, known)

    sample = tmp_path / "sample.csv"
    one_by_one, its_lines = _in_contrast(tmp_path, orders, sample)
    measured = {
        "first import": first,
        "identical re-import": again,
        "clawbacks": fallen,
        "calculation": reckoned,
        "lines as csv": exported,
    }
    floor = sorted(floors, key=lambda one: one.seconds)[1]
    with capsys.disabled():
        print(_table(measured, floor, one_by_one, its_lines))
    assert max(step.peak_bytes for step in measured.values()) < MOST_MEMORY


def _agency(folder: Path, slug: str) -> int:
    path = folder / f"{slug}.yaml"
    month.write_agency(path, slug)
    load(actor=None, path=path)
    with operator_scope(), transaction.atomic():
        return int(Agency.objects.get(slug=slug).pk)


def _check_totals(agency_id: int, totals: dict[str, int], known: month.Known) -> None:
    """The month's sums are the generator's, and so are those of the statements."""
    assert totals["events"] == known.events + known.clawbacks
    assert totals["lines"] == known.events
    assert (totals["net_gmv"], totals["pool"]) == (known.base, known.pool - known.pool_back)
    assert totals["earned"] + totals["agency_share"] == totals["pool"]
    assert totals["unmatched"] == []
    with agency_scope(agency_id), transaction.atomic():
        statements = Statement.objects.filter(period__code=month.PERIOD)
        assert statements.count() == month.ANCHORS + 1
        sums = statements.aggregate(earned=Sum("earned_fen"), lines=Sum("lines"))
        assert sums["earned"] == totals["earned"]
        assert statements.filter(net_pay_fen=F("taxable_fen") - F("tax_fen")).count() == month.ANCHORS + 1


def _check_file(exported: tuple[int, str], totals: dict[str, int], known: month.Known) -> None:
    """The file has every share and the agency's part of every event; together they are the pool."""
    rows, path = exported
    shares = {"AGENCY": Decimal(0), "others": Decimal(0)}
    count = {"AGENCY": 0, "others": 0}
    with open(path, encoding="utf-8-sig", newline="") as source:
        for row in csv.DictReader(source):
            whose = "AGENCY" if row["payee"] == "AGENCY" else "others"
            shares[whose] += Decimal(row["share"])
            count[whose] += 1
    assert count == {"AGENCY": known.events + known.clawbacks, "others": totals["shares"]}
    assert rows == sum(count.values())
    assert (shares["others"] * 100, shares["AGENCY"] * 100) == (totals["earned"], totals["agency_share"])


def _in_contrast(folder: Path, orders: Path, sample: Path) -> tuple[Measured, int]:
    """The plain loop on a sample, and that it pays every payee of it what the product pays."""
    count = month.write_sample(orders, sample, SAMPLE_ONE_IN)
    loop = in_own_process(plain.settle, _agency(folder, "bench-loop"), str(sample), month.EXPORTED_AT)
    agency_id = _agency(folder, "bench-sample")
    in_own_process(steps.bring, agency_id, str(sample), month.EXPORTED_AT, str(folder / "files"))
    in_own_process(steps.calculate, agency_id, month.PERIOD)
    with agency_scope(agency_id), transaction.atomic():
        statements = dict(Statement.objects.filter(period__code=month.PERIOD).values_list("code", "earned_fen"))
    assert {code: fen for code, fen in statements.items() if fen} == {c: f for c, f in loop.result.items() if f}
    return loop, count


def _table(measured: dict[str, Measured], floor: Measured, loop: Measured, sample: int) -> str:
    """The result: seconds, times the floor, processor seconds and peak memory of every step."""

    def line(name: str, step: Measured, verdict: str = "") -> str:
        worked = "" if step.processor_seconds is None else f"{step.processor_seconds:.1f}"
        return (
            f"{name:<22}{step.seconds:>9.1f}{step.seconds / floor.seconds:>8.2f} ×{worked:>12}"
            f"{step.peak_bytes / 2**20:>8.0f}  {verdict}".rstrip()
        )

    def verdict(name: str, step: Measured) -> str:
        aim = MOST_TIMES_THE_FLOOR.get(name)
        if aim is None:
            return ""
        return f"aim ≤ {aim}: {'reached' if step.seconds <= aim * floor.seconds else 'missed'}"

    scaled = loop.seconds * LINES / sample
    own = sum(measured[name].seconds for name in ("first import", "calculation"))
    return "\n".join(
        (
            "",
            f"{LINES:,} order lines of {steps.COLUMNS} columns, {month.ANCHORS} anchors; {machine()}",
            f"{'':<22}{'seconds':>9}{'× floor':>10}{'processor s':>12}{'MiB':>8}",
            line("floor (raw COPY)", floor, "the middle of three"),
            *(line(name, step, verdict(name, step)) for name, step in measured.items()),
            f"import and calculation by a plain loop, {sample:,} lines in {loop.seconds:.1f} s: "
            f"{scaled / 60:.0f} minutes for all, {scaled / own:.0f} times as long",
        )
    )
