"""`make bench`: one month of a million order lines, against the least that PostgreSQL needs to take the file in.

MCN_BENCH_LINES makes it smaller; the aims are for a million lines on a machine that does nothing else.
"""

import csv
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum

from mcn.settlements.models import Statement
from mcn.tenancy.scope import agency_scope
from tests.bench import month, plain, steps
from tests.bench.agencies import make_agency
from tests.bench.measure import Measured, in_own_process, machine

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

LINES = int(os.environ.get("MCN_BENCH_LINES", "1000000"))
SAMPLE_ONE_IN = 100
MOST_MEMORY = 1.5 * 2**30
MOST_TIMES_THE_CALCULATION = 4  # closing, lines, statements and proof pack together
MOST_TIMES_THE_FLOOR = {"first import": 5, "identical re-import": 3, "calculation": 2, "lines as csv": 1}


def test_month(db: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    agency_id = make_agency(tmp_path, month.AGENCY)
    orders, refunds, files = tmp_path / "month.csv", tmp_path / "refunds.csv", str(tmp_path / "files")
    month.write_month(orders, LINES)
    month.write_refunds(refunds, LINES)

    floors = [in_own_process(steps.floor, str(orders))]

    def measured(step: Callable[..., Any], *arguments: Any) -> Measured:
        """A step, and the floor once more: a machine is not equally fast all the time."""
        found = in_own_process(step, *arguments)
        floors.append(in_own_process(steps.floor, str(orders)))
        return found

    first = measured(steps.bring, agency_id, str(orders), month.EXPORTED_AT, files)
    again = measured(steps.bring, agency_id, str(orders), month.EXPORTED_AT, files)
    fallen = measured(steps.bring, agency_id, str(refunds), month.REFUNDS_EXPORTED_AT, files)
    reckoned = measured(steps.calculate, agency_id, month.PERIOD)
    exported = measured(steps.export_lines, agency_id, month.PERIOD, files)
    closed = measured(steps.close, agency_id, month.PERIOD, month.AGENCY)
    statements = measured(steps.export_statements, agency_id, month.PERIOD, files)
    packed = measured(steps.pack, agency_id, month.PERIOD, files)

    known = month.known(LINES)
    assert (first.result["rows"], first.result["created"]) == (LINES, LINES)
    assert first.result["kinds"] == {"settled": known.events}
    assert first.result["unmatched"] == {}
    assert (again.result["unchanged"], again.result["events"]) == (LINES, 0)
    assert fallen.result["kinds"] == {"clawback": known.clawbacks}
    _check_totals(agency_id, reckoned.result, known)
    _check_file(exported.result, reckoned.result, known)
    assert closed.result["calculated"] == ""
    assert statements.result == [month.ANCHORS + 1] * 2
    assert Path(packed.result).stat().st_size > 0

    sample = tmp_path / "sample.csv"
    one_by_one, its_lines = _in_contrast(tmp_path, orders, sample)
    results = {
        "first import": first,
        "identical re-import": again,
        "clawbacks": fallen,
        "calculation": reckoned,
        "lines as csv": exported,
        "closing": closed,
        "statements": statements,
        "proof pack": packed,
    }
    with capsys.disabled():
        print(_table(results, floors, one_by_one, its_lines))
    assert max(step.peak_bytes for step in results.values()) < MOST_MEMORY


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
    loop = in_own_process(plain.settle, make_agency(folder, "bench-loop"), str(sample), month.EXPORTED_AT)
    agency_id = make_agency(folder, "bench-sample")
    in_own_process(steps.bring, agency_id, str(sample), month.EXPORTED_AT, str(folder / "files"))
    in_own_process(steps.calculate, agency_id, month.PERIOD)
    with agency_scope(agency_id), transaction.atomic():
        statements = dict(Statement.objects.filter(period__code=month.PERIOD).values_list("code", "earned_fen"))
    assert {code: fen for code, fen in statements.items() if fen} == {c: f for c, f in loop.result.items() if f}
    return loop, count


def _table(results: dict[str, Measured], floors: list[Measured], loop: Measured, sample: int) -> str:
    """The result: seconds, times the floor just before and after, processor seconds and peak memory of every step."""

    def line(name: str, step: Measured, ratio: float = 1, verdict: str = "") -> str:
        worked = "" if step.processor_seconds is None else f"{step.processor_seconds:.1f}"
        return (
            f"{name:<22}{step.seconds:>9.1f}{ratio:>8.2f} ×{worked:>12}"
            f"{step.peak_bytes / 2**20:>8.0f}  {verdict}".rstrip()
        )

    def verdict(name: str, ratio: float) -> str:
        aim = MOST_TIMES_THE_FLOOR.get(name)
        if aim is None:
            return ""
        return f"aim ≤ {aim}: {'reached' if ratio <= aim else 'missed'}"

    ratios = {
        name: step.seconds * 2 / (before.seconds + after.seconds)
        for (name, step), before, after in zip(results.items(), floors, floors[1:], strict=False)
    }
    seconds = sorted(floor.seconds for floor in floors)
    middle = sorted(floors, key=lambda one: one.seconds)[len(floors) // 2]
    scaled = loop.seconds * LINES / sample
    own = sum(results[name].seconds for name in ("first import", "calculation"))
    month_end = sum(results[name].seconds for name in ("lines as csv", "closing", "statements", "proof pack"))
    times = month_end / results["calculation"].seconds
    return "\n".join(
        (
            "",
            f"{LINES:,} order lines of {steps.COLUMNS} columns, {month.ANCHORS} anchors; {machine()}",
            f"{'':<22}{'seconds':>9}{'× floor':>10}{'processor s':>12}{'MiB':>8}",
            line("floor (raw COPY)", middle, verdict=f"{len(floors)} times, {seconds[0]:.1f} to {seconds[-1]:.1f} s"),
            *(line(name, step, ratios[name], verdict(name, ratios[name])) for name, step in results.items()),
            f"lines, closing, statements and proof pack: {month_end:.1f} s, {times:.2f} times the calculation; "
            f"aim ≤ {MOST_TIMES_THE_CALCULATION}: {'reached' if times <= MOST_TIMES_THE_CALCULATION else 'missed'}",
            f"import and calculation by a plain loop, {sample:,} lines in {loop.seconds:.1f} s: "
            f"{scaled / 60:.0f} minutes for all, {scaled / own:.0f} times as long",
        )
    )
