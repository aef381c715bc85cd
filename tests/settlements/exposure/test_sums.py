"""The sums of a month equal a plain count of its share lines, and the page's figures add up (docs/money.md §1.3)."""

import os
from collections import defaultdict
from fractions import Fraction

import pytest
from django.db import transaction

from mcn.anchors.models import Anchor
from mcn.commissions.models import ShareLine
from mcn.core.money import R
from mcn.core.periods import Period as Month
from mcn.settlements.exposure import job, learning
from mcn.settlements.exposure.month import Fen, exposure, last_known
from mcn.settlements.models import ExposureSum, Period
from mcn.settlements.services.calculation import calculate
from mcn.supply.models import PlatformProduct, Sku
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.commissions.calculation.test_equality import RollBack, as_the_database_has_it, close, two_people
from tests.settlements.books import Books
from tests.settlements.desk import local
from tests.worlds import make_world, run_world
from tests.worlds.database import make_agency, put

MARCH, APRIL, MAY = "2026-03", "2026-04", "2026-05"
SEEDS = range(int(os.environ.get("MCN_WORLDS_FROM", 0)), int(os.environ.get("MCN_WORLDS_TO", 6)))


def sum_up() -> list[str]:
    """Make all sums that are missing."""
    return [code for code in job.stale() if job.bring_up_to_date(code)]


def stored(**of: str) -> dict[tuple, tuple]:
    """The sums by month, origin, anchor and category."""
    return {
        (row.period, row.origin, row.anchor_id, row.category): (
            row.lines,
            Fraction(row.settled_pool),
            row.settled_share_fen,
            Fraction(row.clawed_pool),
            row.clawed_share_fen,
        )
        for row in ExposureSum.objects.filter(**of)
    }


def recount(period: str) -> dict[tuple, tuple]:
    """The same, one share line after the other."""
    products = PlatformProduct.objects.values_list("platform", "product_id", "sku__category")
    goods = {(platform, product): category for platform, product, category in products}
    first: dict[int, str] = {}
    mine = []
    rows = ShareLine.objects.filter(event__isnull=False, bucket__override__isnull=True)
    for line in rows.select_related("event__line", "bucket"):
        if line.event.kind != "clawback" and line.period <= period:
            first[line.event.line_id] = min(first.get(line.event.line_id, line.period), line.period)
        if line.period == period:
            mine.append(line)
    sums: dict[tuple, list] = defaultdict(lambda: [0, Fraction(0), 0, Fraction(0), 0])
    seen = set()
    for line in sorted(mine, key=lambda line: (line.share_fen, line.bucket_id)):
        event, bucket = line.event, line.bucket
        back = bucket.kind != "share"
        category = goods.get((event.line.platform, event.line.product_id), "")
        origin = first.get(event.line_id, "") if back else period
        row = sums[period, origin, bucket.anchor_id, category]
        pool = Fraction(bucket.weight) * event.pool_fen
        if back:
            row[3] -= 0 if (event.pk, line.host) in seen else pool
            row[4] -= line.share_fen
            seen.add((event.pk, line.host))
        else:
            row[0] += event.kind == "settled"
            row[1] += pool
            row[2] += line.share_fen
    return {key: tuple(row) for key, row in sums.items()}


def check_world(seed: int) -> tuple[bool, bool]:
    """Every month of a random agency; returns whether anything was taken back of an earlier month, and expected."""
    world = as_the_database_has_it(make_world(seed))
    agency = make_agency(world)
    with agency_scope(agency.pk), transaction.atomic():
        put(world)
        people = tuple(two_people())
        for month in run_world(world):
            period = str(month.inputs.period)
            calculate(actor=None, period=period)
            assert sum_up() == [period]
            assert stored(period=period) == recount(period)
            close(period, people)
        before = stored()
        assert sum_up() == []
        assert stored() == before
        codes = Period.objects.filter(calculated_at__isnull=False).values_list("code", flat=True)
        reserved = [check_page(Month.parse(code), agency) for code in codes]
    return any(origin and origin < period for period, origin, _anchor, _category in before), any(reserved)


def check_page(month: Month, agency: Agency) -> bool:
    """Whether there is a reserve."""
    found = exposure(month, agency)
    assert found is not None
    for rows in (found.anchors, found.categories):
        for name in ("settled", "clawed"):
            whole = getattr(found, name)
            assert sum(getattr(row, name).pool for row in rows) == whole.pool
            assert sum(getattr(row, name).share for row in rows) == whole.share
    assert sum(past.clawed.pool for past in found.past) == found.clawed.pool
    assert sum(past.clawed.share for past in found.past) == found.clawed.share
    if found.reserve is not None:
        for parts in (
            [row.reserve for row in found.anchors],
            [row.reserve for row in found.categories],
            [coming.expected for coming in found.coming],
        ):
            assert sum(part.pool for part in parts if part) == found.reserve.pool
            assert sum(part.share for part in parts if part) == found.reserve.share
    return found.reserve is not None


@pytest.mark.django_db
def test_the_sums_equal_a_plain_count_of_random_agencies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "LEAST_LINES", 1)
    found = []
    for seed in SEEDS:
        with pytest.raises(RollBack), transaction.atomic():
            found.append(check_world(seed))
            raise RollBack
    assert [any(told) for told in zip(*found, strict=True)] == [True, True]


# ── Three months worked out by hand ───────────────────────────────────────────────────────────────────


@pytest.fixture
def books(inside: World) -> Books:
    """A01 gets 35 %. Product P1 is a cream; whatever has no product is of no category.

    March settles 100 lines of 10.00, April 100 of 20.00, May one of 300.00 (cream) and one of 100.01. Of March's
    lines, one is taken back in March, two in April, four in May; of April's one in April and three in May.
    """
    desk = Books(inside)
    desk.roster()
    sku = Sku.objects.create(code="S1", name="霜", category="美妆")
    PlatformProduct.objects.create(sku=sku, platform="douyin", product_id="P1")
    for number in range(100):
        desk.event(f"M{number}", 1000, MARCH)
        desk.event(f"A{number}", 2000, APRIL)
    for order, pool, month in (
        ("M0", 1000, MARCH), ("M1", 1000, APRIL), ("M2", 1000, APRIL), ("A0", 2000, APRIL),
        *((f"M{n}", 1000, MAY) for n in range(3, 7)), *((f"A{n}", 2000, MAY) for n in range(1, 4)),
    ):  # fmt: skip
        desk.event(order, -pool, month, kind="clawback")
    cream = desk.event("C1", 30000, MAY).line
    cream.product_id = "P1"
    cream.save(update_fields=["product_id"])
    desk.event("C2", 10001, MAY)
    for month in (MARCH, APRIL, MAY):
        desk.calculate(month)
    Period.objects.update(calculated_at=local("2026-06-02 00:00"))
    return desk


def test_a_reserve_worked_out_by_hand(books: Books) -> None:
    agency = books.people.agency
    assert sum_up() == [MARCH, APRIL, MAY]
    anchor = Anchor.objects.get().pk
    assert stored(origin=MARCH) == {
        (MARCH, MARCH, anchor, ""): (100, 100000, 35000, 1000, 350),
        (APRIL, MARCH, anchor, ""): (0, 0, 0, 2000, 700),
        (MAY, MARCH, anchor, ""): (0, 0, 0, 4000, 1400),
    }
    assert last_known(agency) == Month(2026, 5)
    found = exposure(Month(2026, 5), agency)
    assert found is not None
    assert (found.settled, found.clawed, found.why) == (Fen(40001, 14000), Fen(), "")
    # A month later March lost 2,000 of 99,000 and April 6,000 of 198,000: 8,000 of 297,000 that still stood. Two months
    # later March lost 4,000 of 99,000. May stands whole: 40,001 × (8 ÷ 297 + 4 ÷ 99) = 40,001 × 20 ÷ 297 = 2,693.67.
    assert found.reserve == Fen(2694, 943)  # 14,000 × 20 ÷ 297 = 942.76
    assert [(one.age, one.learnt.rate.pool, one.learnt.lines) for one in found.coming] == [
        (1, Fraction(8, 297), 200),
        (2, Fraction(4, 99), 100),
    ]
    # 40,001 × 8 ÷ 297 = 1,077.47; the second month has the rest of 2,694. Shares: 377.10 of 942.76.
    assert [one.expected for one in found.coming] == [Fen(1077, 377), Fen(1617, 566)]
    # Cream has no history of its own: 30,000 × 20 ÷ 297 = 2,020.20, 10,500 × 20 ÷ 297 = 707.07.
    assert [(row.name, row.reserve, row.learnt) for row in found.categories] == [
        ("美妆", Fen(2020, 707), "all"),
        ("", Fen(674, 236), "own"),
    ]
    assert [(row.code, row.settled, row.reserve) for row in found.anchors] == [
        ("A01", Fen(40001, 14000), Fen(2694, 943))
    ]
    assert [(past.age, past.rate, past.lost and past.lost.rate.pool) for past in found.past] == [
        (0, Fraction(0), Fraction(3000, 300000))
    ]
    april = exposure(Month(2026, 4), agency)
    assert april is not None
    assert (april.settled, april.clawed) == (Fen(200000, 70000), Fen(8000, 2800))
    # April is a month old: of the 97,000 of March that stood after a month, 4,000 were lost in the next.
    assert april.reserve == Fen(R(Fraction(192000 * 4, 97)), R(Fraction(67200 * 4, 97)))
    assert [(past.age, past.clawed.pool, past.rate, past.lost and past.lost.rate.pool) for past in april.past] == [
        (0, 2000, Fraction(1, 100), Fraction(1, 100)),
        (1, 6000, Fraction(3, 100), Fraction(2, 100)),
    ]
    march = exposure(Month(2026, 3), agency)
    assert march is not None
    assert (march.clawed, march.reserve, march.why) == (Fen(7000, 2450), None, "first")


def test_a_month_that_is_not_over_tells_nothing_and_uses_the_reserve_up(books: Books) -> None:
    agency = books.people.agency
    Period.objects.filter(code=MAY).update(calculated_at=local("2026-05-31 23:00"))
    sum_up()
    assert last_known(agency) == Month(2026, 4)
    may = exposure(Month(2026, 5), agency)
    assert may is not None
    assert (may.settled, may.reserve, may.why, may.coming) == (Fen(40001, 14000), None, "not_over", [])
    april = exposure(Month(2026, 4), agency)
    assert april is not None
    # Of March, only the month after it is over: 2,000 of 99,000 that stood. May's 6,000 are part of what is expected.
    assert (april.clawed, april.since) == (Fen(2000, 700), Fen(6000, 2100))
    assert april.reserve == Fen(4000, 1400)  # 198,000 × 2 ÷ 99
    assert len(april.past) == 1


def test_too_few_lines_tell_nothing(books: Books) -> None:
    sum_up()
    ExposureSum.objects.filter(lines=100).update(lines=49)
    found = exposure(Month(2026, 5), books.people.agency)
    assert found is not None
    assert (found.reserve, found.why, found.coming) == (None, "few", [])
    assert found.past[0].lost is None


def test_nothing_is_foreseen_more_than_a_year_later(books: Books) -> None:
    Period.objects.create(code="2027-05", calculated_at=local("2027-06-01 00:00"))
    sum_up()
    found = exposure(Month(2026, 5), books.people.agency)
    assert found is not None
    assert (found.reserve, found.why, len(found.past)) == (None, "old", 13)


def test_without_sums_there_is_no_exposure(inside: World) -> None:
    assert exposure(Month(2026, 5), inside.agency) is None
    assert last_known(inside.agency) is None
