"""A small month to calculate: one anchor A01 at 35 % unless a test says otherwise."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from mcn.commissions.engine.inputs import (
    Entry,
    EntryMatch,
    Event,
    Host,
    LineHistory,
    Match,
    Override,
    PeriodInputs,
    Rule,
    Version,
)
from mcn.commissions.engine.results import PeriodResult
from mcn.commissions.engine.shares import calculate
from mcn.core.periods import Period

JULY = Period(2026, 7)
VERSION = Version(1, "A01", "XH-1", 1, date(2026, 1, 1), None)
OTHER = Version(2, "A02", "XH-2", 1, date(2026, 1, 1), None)
RULE = Rule(1, 1, "commission", rate=Fraction("0.35"))
OTHER_RULE = Rule(2, 2, "commission", rate=Fraction("0.5"))
HOST = Host(0, "A01", "A01", 1, 1, Fraction(1))
FIRST = replace(HOST, weight=Fraction("0.6"))
SECOND = Host(1, "A02", "A02", 2, 2, Fraction("0.4"))


def event(number: int, kind: str, pool: int, *, line: int = 1, day: int | None = None, **more) -> Event:
    """Event `number` on a line, dated `day` July (default: its number) at noon UTC."""
    day = number if day is None else day
    occurred_on = JULY.start + timedelta(days=day - 1)
    values = {
        "id": number,
        "line_id": line,
        "platform": "douyin",
        "order_key": f"order{line}",
        "line_key": "1",
        "kind": kind,
        "occurred_at": datetime(occurred_on.year, occurred_on.month, occurred_on.day, 4, tzinfo=UTC),
        "occurred_on": occurred_on,
        "own_period": JULY,
        "paid_on": date(2026, 6, 20),
        "settled_on": None,
        "base": 10 * pool,
        "gross": pool,
        "fee": 0,
    }
    return Event(**(values | more))


def entry(number: int, income: str, amount: int, *, day: int = 5) -> Entry:
    """An entry of A01."""
    return Entry(number, f"E{number}", "A01", "A01", income, date(2026, 7, day), JULY, amount)


def month(
    *events: Event,
    hosts: tuple[Host, ...] = (HOST,),
    matches: tuple[Match, ...] | None = None,
    entries: tuple[tuple[Entry, EntryMatch], ...] = (),
    versions: tuple[Version, ...] = (VERSION, OTHER),
    rules: tuple[Rule, ...] = (RULE, OTHER_RULE),
    overrides: tuple[Override, ...] = (),
    history: tuple[LineHistory, ...] = (),
    period: Period = JULY,
) -> PeriodResult:
    """The calculated month; every event has `hosts` unless `matches` are given."""
    return calculate(
        PeriodInputs(
            period=period,
            events=events,
            matches=tuple(Match(e.id, hosts) for e in events) if matches is None else matches,
            entries=tuple(entry for entry, _ in entries),
            entry_matches=tuple(match for _, match in entries),
            versions=versions,
            rules=rules,
            overrides=overrides,
            history=history,
        )
    )


def shares(result: PeriodResult, payee: str = "A01") -> list[int]:
    """Shares of one payee in the order of the lines."""
    return [line.share for line in result.lines if line.payee == payee]


def methods(result: PeriodResult, payee: str = "A01") -> list[str]:
    """How those shares came about."""
    return [line.method for line in result.lines if line.payee == payee]


def totals(result: PeriodResult, payee: str = "A01"):
    """Totals of one payee."""
    return next(found for found in result.totals if found.payee == payee)
