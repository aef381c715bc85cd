"""What of a month is still expected to be taken back, by what earlier months lost at the same age (docs/money.md §1.3).

Pure and exact: fractions in, fractions out; whole fen are made by `cumulative` alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from mcn.core.money import R
from mcn.core.periods import Period

MOST_AGE = 12
"""Clawbacks that come so many months after the month are the last that are foreseen …"""
MOST_MONTHS = 12
"""… by the newest months that are old enough, so many at most …"""
LEAST_LINES = 100
"""… if they settled so many lines; fewer tell nothing."""


@dataclass(frozen=True)
class Money:
    """Exact fen: the pool, and the anchors' shares of it."""

    pool: Fraction = Fraction(0)
    share: Fraction = Fraction(0)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.pool + other.pool, self.share + other.share)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.pool - other.pool, self.share - other.share)

    def at_least_nothing(self) -> "Money":
        """Without what is below 0."""
        return Money(max(self.pool, Fraction(0)), max(self.share, Fraction(0)))


NOTHING = Money()


@dataclass
class History:
    """What months settled and lost, by category.

    `settled` and `lines`: month → category; `clawed`: (month, age in months) → category. `until` is the last month
    that is over and summed: ages that end after it are not over.
    """

    until: Period
    settled: dict[Period, dict[str, Money]] = field(default_factory=lambda: defaultdict(dict))
    lines: dict[Period, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    clawed: dict[tuple[Period, int], dict[str, Money]] = field(default_factory=lambda: defaultdict(dict))

    def months(self, age: int, before: Period) -> list[Period]:
        """The newest months before this one for which the age is over."""
        known = [
            m for m, found in self.settled.items() if found and m < before and months_between(m, self.until) >= age
        ]
        return sorted(known)[-MOST_MONTHS:]


@dataclass(frozen=True)
class Part:
    """The part of what stood that was lost at one age, for pool and shares, and how many lines of months tell it.

    `own`: whether it is that of the category alone; otherwise it is that of all goods together.
    """

    rate: Money
    months: tuple[Period, ...]
    lines: int
    own: bool


def months_between(earlier: Period, later: Period) -> int:
    """How many months lie between two, 0 for the same."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def part(history: History, month: Period, age: int, *, since: int, category: str | None) -> Part | None:
    """What part of what stood before the age `since` earlier months lost at `age`; None where too few lines tell.

    With `since` 0 it is the part of what was settled. `category` None is all goods together; a category that has too
    little to tell by itself is not tried otherwise here.
    """
    months = history.months(age, month)
    lines = sum(_lines(history.lines[m], category) for m in months)
    if lines < LEAST_LINES:
        return None
    stood = sum((_money(history.settled[m], category) for m in months), NOTHING)
    for m in months:
        for passed in range(since):
            stood -= _money(history.clawed.get((m, passed), {}), category)
    if stood.pool <= 0:
        return None
    lost = sum((_money(history.clawed.get((m, age), {}), category) for m in months), NOTHING)
    share = lost.share / stood.share if stood.share > 0 else Fraction(0)
    return Part(Money(lost.pool / stood.pool, share), tuple(months), lines, category is not None)


def _money(found: Mapping[str, Money], category: str | None) -> Money:
    return sum(found.values(), NOTHING) if category is None else found.get(category, NOTHING)


def _lines(found: Mapping[str, int], category: str | None) -> int:
    return sum(found.values()) if category is None else found.get(category, 0)


@dataclass(frozen=True)
class Forecast:
    """What is still expected, exact, of one month that is over.

    `learnt`: for each age to come that can be learnt, in order, what all goods together lost. `expected`: (anchor,
    category, age) → exact fen. `own`: the (category, age) that were told by the category alone.
    """

    learnt: dict[int, Part]
    expected: dict[tuple[int, str, int], Money]
    own: frozenset[tuple[str, int]]


def foresee(history: History, month: Period, standing: Mapping[tuple[int, str], Money]) -> Forecast:
    """Foresee the ages of a month that are not over. `standing`: (anchor, category) → what has not been taken back.

    Each age takes its part of what stands now: by category where enough lines of it tell, else by all goods together.
    Ages of which too little is known are left out, and nothing is made up for them.
    """
    since = months_between(month, history.until) + 1
    learnt: dict[int, Part] = {}
    expected: dict[tuple[int, str, int], Money] = {}
    own: set[tuple[str, int]] = set()
    categories = {category for _anchor, category in standing}
    for age in range(since, MOST_AGE + 1):
        whole = part(history, month, age, since=since, category=None)
        if whole is None:
            continue
        learnt[age] = whole
        parts = {c: part(history, month, age, since=since, category=c) or whole for c in categories}
        own |= {(c, age) for c, found in parts.items() if found.own}
        for (anchor, category), stands in standing.items():
            rate, stands = parts[category].rate, stands.at_least_nothing()
            expected[anchor, category, age] = Money(stands.pool * rate.pool, stands.share * rate.share)
    return Forecast(learnt, expected, frozenset(own))


def cumulative(amounts: Iterable[Fraction]) -> list[int]:
    """Whole fen of exact amounts in this order, rounded so that they add up to R of their sum (docs/money.md §4.2)."""
    running, told, rounded = Fraction(0), 0, []
    for amount in amounts:
        running += amount
        rounded.append(R(running) - told)
        told += rounded[-1]
    return rounded
