"""When money that is open is expected, by what settlements took before (docs/money.md §1.2)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Max, Sum

from mcn.core.money import R
from mcn.core.periods import Period
from mcn.sales.models import DailySales, SettlementLag

MONTHS = 3
"""So many months of settlements, up to that of the last day with lines, tell how long they take …"""
LEAST_LINES = 100
"""… if they are of so many lines; fewer tell nothing."""
Lags = Mapping[int, int]  # days from payment to settlement → lines


@dataclass(frozen=True)
class Expected:
    """What is open of some days, by the week in which it is expected.

    `weeks`: the Monday of a week → fen. `overdue_fen` is older than anything that was settled. They add up to what is
    open.
    """

    weeks: dict[date, int] = field(default_factory=dict)
    overdue_fen: int = 0


@dataclass(frozen=True)
class Outlook:
    """A platform's open estimate of a month, when it is expected, and what that is learnt from.

    `as_of` is the last day that has lines of the platform. `expected` is None where fewer than LEAST_LINES lines tell
    how long a settlement takes.
    """

    platform: str
    as_of: date
    open_fen: int
    learnt_lines: int
    half_days: int | None
    most_days: int | None
    expected: Expected | None


def expect(open_fen: Mapping[date, int], lags: Lags, as_of: date) -> Expected:
    """Spread what is open by day of payment over the weeks to come.

    Of a day that is `a` days old, the part expected `l` days after it, l > a, is lines(l) ÷ Σ lines of all longer than
    a. The exact sums are rounded cumulatively from week to week, so that nothing is lost.
    """
    exact: dict[date, Fraction] = {}
    overdue = 0
    for day, fen in open_fen.items():
        age = (as_of - day).days
        later = {days: lines for days, lines in lags.items() if days > age and lines > 0}
        if not later:
            overdue += fen
            continue
        by_week: Counter[date] = Counter()
        for days, lines in later.items():
            on = day + timedelta(days=days)
            by_week[on - timedelta(days=on.weekday())] += lines
        for week, lines in by_week.items():
            exact[week] = exact.get(week, Fraction(0)) + Fraction(fen * lines, sum(later.values()))
    weeks: dict[date, int] = {}
    running, told = Fraction(0), 0
    for week in sorted(exact):
        running += exact[week]
        weeks[week] = R(running) - told
        told += weeks[week]
    return Expected(weeks, overdue)


def days_until(lags: Lags, part: Fraction) -> int:
    """Within how many days at least this part of the lines was settled; there has to be a line."""
    wanted, found = part * sum(lags.values()), 0
    for days in sorted(lags):
        found += lags[days]
        if found >= wanted:
            return days
    raise ValueError("no line")


def outlooks(month: Period) -> list[Outlook]:
    """For each platform that has something open of a month of payment, when it is expected."""
    rows = DailySales.objects.filter(day__gte=month.start, day__lt=month.end).exclude(open_estimate_fen=0)
    sums = rows.order_by().values_list("platform", "day").annotate(open=Sum("open_estimate_fen"))
    found: dict[str, dict[date, int]] = {}
    for platform, day, fen in sums:
        found.setdefault(platform, {})[day] = int(fen)
    since_then = DailySales.objects.filter(day__gte=month.start).order_by()
    until = dict(since_then.values_list("platform").annotate(Max("day")))
    return [_outlook(platform, found[platform], until[platform]) for platform in sorted(found)]


def _outlook(platform: str, open_fen: dict[date, int], as_of: date) -> Outlook:
    lags = learnt(platform, as_of)
    lines = sum(lags.values())
    known = lines >= LEAST_LINES
    return Outlook(
        platform,
        as_of,
        sum(open_fen.values()),
        lines,
        days_until(lags, Fraction(1, 2)) if known else None,
        days_until(lags, Fraction(9, 10)) if known else None,
        expect(open_fen, lags, as_of) if known else None,
    )


def learnt(platform: str, as_of: date) -> Lags:
    """How long the platform's settlements took in the last months."""
    last = first = Period.of(as_of)
    for _month in range(MONTHS - 1):
        first = first.previous
    rows = SettlementLag.objects.filter(platform=platform, settled_month__gte=f"{first}", settled_month__lte=f"{last}")
    return dict(rows.order_by().values_list("days").annotate(Sum("lines")))
