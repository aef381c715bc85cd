"""Sums of a month by anchor, brand, platform and session: by hand, and against statements and engine in any agency."""

import os
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from mcn.commissions.engine.matching import Matcher
from mcn.commissions.models import ShareLine
from mcn.live.models import Session, SessionHost
from mcn.settlements.models import Period, ReportMonth, ReportSum, Statement
from mcn.settlements.reports import sums
from mcn.settlements.services.calculation import calculate
from mcn.supply.models import PlatformProduct
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.commissions.calculation.test_equality import as_the_database_has_it, close, two_people
from tests.settlements.reports.small import JUNE, Small
from tests.worlds import make_world, run_world
from tests.worlds.database import make_agency, put

SEEDS = range(int(os.environ.get("MCN_WORLDS_FROM", 0)), int(os.environ.get("MCN_WORLDS_TO", 6)))


@pytest.fixture
def small(inside: World) -> Small:
    made = Small(inside)
    made.put()
    return made


def figures(period: Period) -> dict[tuple[str, str], tuple[Any, ...]]:
    """lines, sold, returned, net GMV, pool, other, shares, agency's share of every row."""
    return {
        (row.by, row.key): (
            row.lines,
            row.sold,
            row.returned,
            row.net_gmv_fen,
            row.pool_fen,
            row.other_fen,
            row.share_fen,
            row.agency_share_fen,
        )
        for row in sums.compute(period)
    }


# Shares of the orders: 1 gives A01 R(10,000 × 35 % × 0.6) = 2,100, A02 R(10,000 × 40 % × 0.3) = 1,200 and G01
# R(3,000 × 5 %) = 150; 2 gives A01 1,750; 3 gives A02 R(4,001 × 40 %) = 1,600 and G01 R(7,001 × 5 %) − 150 = 200, of
# which R(1,600 × 3,001 ÷ 4,001) = 1,200 and R(200 × 3,001 ÷ 4,001) = 150 are left. The slot fee gives A01 4,000.
BY_HAND = {
    ("anchor", "A01"): (2, 110000, 0, 110000, 11000, 20000, 7850, 23150),
    ("anchor", "A02"): (2, 70000, 10000, 60000, 6001, 0, 2700, 3301),
    ("anchor", ""): (0, 10000, 0, 10000, 1000, 0, 0, 1000),
    ("brand", "B01"): (1, 100000, 0, 100000, 10000, 20000, 7450, 22550),
    ("brand", ""): (2, 90000, 10000, 80000, 8001, 0, 3100, 4901),
    ("platform", "douyin"): (2, 150000, 0, 150000, 15000, 0, 5200, 9800),
    ("platform", "kuaishou"): (1, 40000, 10000, 30000, 3001, 0, 1350, 1651),
    ("platform", ""): (0, 0, 0, 0, 0, 20000, 4000, 16000),
    ("session", "S-1"): (1, 100000, 0, 100000, 10000, 0, 3450, 6550),
    ("session", ""): (2, 90000, 10000, 80000, 8001, 20000, 7100, 20901),
}


def test_by_hand(small: Small) -> None:
    assert figures(small.calculate()) == BY_HAND


def test_a_closed_month_goes_by_its_frozen_roster_an_open_one_by_that_of_now(small: Small) -> None:
    small.calculate()
    SessionHost.objects.all().delete()
    Session.objects.all().delete()
    PlatformProduct.objects.all().delete()
    with transaction.atomic():
        moved = figures(Period.objects.get(code=JUNE))
        assert {key for by, key in moved if by in ("brand", "session")} == {"B01", ""}
        assert moved["brand", "B01"][:5] == (0, 0, 0, 0, 0)  # the slot fee alone, which its deal gives it


def test_what_is_deleted_after_closing_changes_nothing(small: Small) -> None:
    closed = small.close()
    before = figures(closed)
    SessionHost.objects.all().delete()
    Session.objects.all().delete()
    PlatformProduct.objects.all().delete()
    assert figures(closed) == before == BY_HAND


def test_sums_are_kept_until_the_month_is_calculated_again(small: Small) -> None:
    small.calculate()
    assert (sums.stale(), sums.bring_all_up_to_date(), sums.stale()) == ([JUNE], [JUNE], [])
    first = ReportMonth.objects.get()
    assert sums.bring_up_to_date(JUNE) is False
    small.calculate()
    assert sums.stale() == [JUNE]
    assert sums.bring_up_to_date(JUNE) is True
    assert ReportMonth.objects.get().pk != first.pk
    assert ReportSum.objects.count() == len(BY_HAND)
    assert [row.pk is not None for row in sums.sums_of(Period.objects.get())] == [True] * len(BY_HAND)


@pytest.mark.parametrize("name", ["lines", "net_gmv", "pool", "earned", "agency_share"])
def test_sums_that_are_not_the_months_are_refused(small: Small, name: str) -> None:
    period = small.calculate()
    period.totals[name] += 1
    with pytest.raises(sums.DoesNotAgree, match=JUNE):
        sums.compute(period)


def test_a_refund_rate_is_of_what_the_month_settled() -> None:
    assert ReportSum(sold=Decimal(70000), returned=Decimal(10000)).refund_rate == Decimal("0.1429")
    assert ReportSum(sold=Decimal(0), returned=Decimal(10000)).refund_rate is None


# ── In any agency ────────────────────────────────────────────────────────────────────────────────────────


def recount(world: Any, period: str) -> dict[tuple[str, str], list[int]]:
    """Lines, base, pool and shares of the month's order events by brand and session, one share after the other."""
    matcher = Matcher(world.roster)
    shares: dict[int, int] = defaultdict(int)
    events = {}
    for line in ShareLine.objects.filter(period=period, event__isnull=False).select_related("event"):
        shares[line.event_id] += line.share_fen
        events[line.event_id] = line.event
    found: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [set(), 0, 0, 0])
    for event_id, event in events.items():
        order = world.lines[event.line_id]
        sku = matcher.skus.get((order.platform, order.product_id)) if order.product_id else None
        session = matcher.line(order).session
        for key in (("brand", (sku and sku.brand) or ""), ("session", session or ""), ("platform", order.platform)):
            row = found[key]
            row[0].add(event.line_id)
            row[1] += event.base_fen
            row[2] += event.pool_fen
            row[3] += shares[event_id]
    return {key: [len(row[0]), *row[1:]] for key, row in found.items()}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_random_agency_they_are_the_months_totals_and_statements(seed: int) -> None:
    """`compute` itself compares with totals; statements are compared and where each line stands is counted here."""
    world = as_the_database_has_it(make_world(seed))
    agency = make_agency(world)
    with agency_scope(agency.pk), transaction.atomic():
        put(world)
        people = tuple(two_people())
        for month in run_world(world):
            code = str(month.inputs.period)
            calculate(actor=None, period=code)
            assert sums.bring_up_to_date(code)
            stored = {
                (row.by, row.key): [row.lines, row.net_gmv_fen, row.pool_fen]
                for row in ReportSum.objects.filter(month__period=code).exclude(by="anchor")
                if row.lines
            }
            assert stored == {key: row[:3] for key, row in recount(world, code).items()}
            own = {
                row.key: (row.lines, row.net_gmv_fen, row.pool_fen)
                for row in ReportSum.objects.filter(month__period=code, by="anchor").exclude(key="")
            }
            for statement in Statement.objects.filter(period__code=code, payee__anchor__isnull=False):
                told = (statement.lines, statement.net_gmv_fen, statement.pool_fen)
                assert own.pop(statement.code, (0, 0, 0)) == told
            assert not own
            close(code, people)
            period = Period.objects.get(code=code)
            assert {(row.by, row.key) for row in sums.compute(period)} >= stored.keys()
