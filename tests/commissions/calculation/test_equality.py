"""The set-based calculation equals the reference engine to the fen, on every row and column; closed months prove it."""

import os
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from django.db import transaction

from mcn.accounts.models import Membership, User
from mcn.commissions.calculation import cumulative
from mcn.commissions.models import ShareLine, Unmatched
from mcn.commissions.unmatched import unmatched_money
from mcn.core.periods import Period as Month
from mcn.settlements import services
from mcn.settlements.models import Statement
from mcn.settlements.services import approve, submit
from mcn.settlements.services.calculation import COLUMNS, calculate
from mcn.settlements.verification import verify, worded
from mcn.tenancy.scope import agency_scope
from tests.worlds import make_world, run_world
from tests.worlds.database import make_agency, put

OCTOBER = Month(2025, 10)
METHODS = {
    "share": "bucket",
    "override": "bucket",
    "clawback": "proportion",
    "history_clawback": "rate",
    "outside_window": "outside_window",
    "whole": "whole",
}


SEEDS = range(int(os.environ.get("MCN_WORLDS_FROM", 0)), int(os.environ.get("MCN_WORLDS_TO", 8)))


class RollBack(Exception):
    """Ends a world's transaction."""


def engine_lines(month):
    return Counter(
        (
            line.source,
            line.source_id,
            line.payee,
            line.anchor,
            line.role,
            line.host,
            line.version_id,
            line.rule_id,
            line.rate * line.weight if line.role == "anchor" else line.rate,
            line.share,
            line.column,
            line.method,
        )
        for line in month.result.lines
    )


def stored_lines(period):
    found = Counter()
    for line in ShareLine.objects.filter(period=period).select_related("bucket__payee", "bucket__anchor"):
        bucket = line.bucket
        third = bucket.override_id is not None
        found[
            (
                "event" if line.event_id else "entry",
                line.event_id or line.entry_id,
                bucket.payee.code,
                bucket.anchor.code,
                "override" if third else "anchor",
                line.host,
                bucket.version_id,
                bucket.override_id if third else bucket.rule_id,
                Fraction(int(bucket.rate_numerator), int(bucket.rate_denominator)),
                line.share_fen,
                bucket.column,
                METHODS[bucket.kind],
            )
        ] += 1
    return found


def as_the_database_has_it(world):
    """An agency's labour method is one setting; it counts from the law's first month on."""
    since = OCTOBER if world.settings.cumulative_from else None
    return replace(world, settings=replace(world.settings, cumulative_from=since))


def check_world(seed: int) -> None:
    world = as_the_database_has_it(make_world(seed))
    agency = make_agency(world)
    with agency_scope(agency.pk), transaction.atomic():
        put(world)
        people = tuple(two_people())
        for month in run_world(world):
            check_month(month, world)
            close(str(month.inputs.period), people)
        found = verify()
        assert found["differences"] == 0, [line for entry in found["months"] for line in worded(entry)]
        assert [entry["period"] for entry in found["months"]] == [str(period) for period in world.periods]
        raise RollBack


def close(period: str, people) -> None:
    submitter, approver = people
    submit(actor=submitter, period=period)
    approve(actor=approver, period=period)
    amount, _reasons = unmatched_money(period)
    services.close(actor=approver, period=period, accepted_unmatched_fen=amount)


def two_people():
    for name in ("one", "two"):
        user = User.objects.create_user(f"{name}@world.test", name=name)
        Membership.objects.create(user=user, name=name, roles=["finance"])
        yield user


def waiting(period: str):
    found = Unmatched.objects.filter(period=period).order_by("event_id", "entry_id")
    return list(found.values_list("event_id", "entry_id", "reason", "cause", "pool_fen"))


def check_month(month, world) -> None:
    period = str(month.inputs.period)
    calculate(actor=None, period=period)
    engine, stored = engine_lines(month), stored_lines(period)
    assert stored - engine == Counter()
    assert engine - stored == Counter()
    queue = waiting(period)
    services.refresh_unmatched([period])  # the shorter way that an import takes finds the same
    assert waiting(period) == queue
    unmatched = {(match.event_id, match.reason) for match in month.result.unmatched}
    rows = Unmatched.objects.filter(period=period)
    assert set(rows.filter(event__isnull=False).values_list("event_id", "reason")) == unmatched
    unmatched = {(match.entry_id, match.reason) for match in month.result.unmatched_entries}
    assert set(rows.filter(entry__isnull=False).values_list("entry_id", "reason")) == unmatched
    statements = {s.code: s for s in Statement.objects.filter(period__code=period)}
    assert sorted(statements) == [s.payee for s in month.statements]
    for expected in month.statements:
        row = statements[expected.payee]
        got = {column: getattr(row, f"{column}_fen") for column in COLUMNS} | {"lines": row.lines, "name": row.name}
        assert got == {column: getattr(expected, column) for column in got}
        parts = {(r.advance.code, r.amount_fen) for r in row.recoupments.select_related("advance")}
        assert parts == {(r.code, r.amount) for r in expected.recouped if r.amount}
        taken = {(r.plan.code, r.amount_fen) for r in row.instalments.select_related("plan")}
        assert taken == {(r.code, r.amount) for r in expected.taken}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", SEEDS)
def test_random_agencies(seed):
    with pytest.raises(RollBack), transaction.atomic():
        check_world(seed)


@pytest.mark.django_db
@pytest.mark.parametrize("safe", [0, 10**7, 10**9])
def test_products_beyond_whole_numbers_of_the_database_are_as_exact(safe, monkeypatch):
    """All or some of the buckets are reckoned as numeric."""
    monkeypatch.setattr(cumulative, "SAFE", safe)
    with pytest.raises(RollBack), transaction.atomic():
        check_world(3)
