"""What came of a trial, summed over its months: who gains, who loses, what the agency keeps. Fen."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mcn.settlements.whatif.replay import COLUMNS

EARNED, TOP_UP, TAX, RECOUPED, NET_PAY, TAX_BORNE = range(len(COLUMNS))


@dataclass(frozen=True, slots=True)
class Moved:
    """An amount as it was and as it would have been."""

    before: int = 0
    after: int = 0

    @property
    def change(self) -> int:
        return self.after - self.before

    @property
    def told(self) -> dict[str, int]:
        """For the tag `moved` of pages."""
        return {"before": self.before, "after": self.after, "change": self.change}

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(self.before + other.before, self.after + other.after)


@dataclass(frozen=True, slots=True)
class RateMoved:
    """The rate of a rule in a month on both sides, None where there was no such rule; for tiers the step reached, as
    (step, steps)."""

    contract: str
    version: int
    scope: str
    value: str
    before: tuple[Fraction, tuple[int, int] | None] | None
    after: tuple[Fraction, tuple[int, int] | None] | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class PayeeMonth:
    """One payee's month. `gets`: earned and top-up, before anything is deducted."""

    period: str
    earned: Moved
    top_up: Moved
    tax: Moved
    recouped: Moved
    net_pay: Moved
    rates: tuple[RateMoved, ...]

    @property
    def gets(self) -> Moved:
        return self.earned + self.top_up


@dataclass(frozen=True, slots=True)
class PayeeOutcome:
    """One payee over all months."""

    code: str
    name: str
    months: tuple[PayeeMonth, ...]

    @property
    def size(self) -> int:
        """How large the change is, for bars."""
        return abs(self.gets.change)

    @property
    def gets(self) -> Moved:
        return sum((month.gets for month in self.months), Moved())


@dataclass(frozen=True, slots=True)
class MonthOutcome:
    """One month, or all together. `agency`: pool less all shares; `left`: that less the top-ups and the tax that the
    agency bears. `lost`: what would belong to nobody."""

    period: str
    pool: Moved
    earned: Moved
    top_up: Moved
    tax_borne: Moved
    lost_events: int
    lost_pool: int

    @property
    def agency(self) -> Moved:
        return Moved(self.pool.before - self.earned.before, self.pool.after - self.earned.after)

    @property
    def left(self) -> Moved:
        added = self.top_up + self.tax_borne
        return Moved(self.agency.before - added.before, self.agency.after - added.after)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The trial: months in time and their total; payees by what they gain, the largest first."""

    months: tuple[MonthOutcome, ...]
    total: MonthOutcome
    payees: tuple[PayeeOutcome, ...]

    @property
    def winners(self) -> list[PayeeOutcome]:
        return [payee for payee in self.payees if payee.gets.change > 0]

    @property
    def losers(self) -> list[PayeeOutcome]:
        """The largest loss first."""
        return [payee for payee in reversed(self.payees) if payee.gets.change < 0]

    @property
    def same(self) -> list[PayeeOutcome]:
        return [payee for payee in self.payees if payee.gets.change == 0]

    @property
    def largest(self) -> int:
        """The largest change of anybody, for bars."""
        return max((payee.size for payee in self.payees), default=0)


def outcome(counts: dict[str, Any]) -> Outcome:
    """The outcome of the months that a finished trial keeps."""
    months = tuple(_month(month) for month in counts["months"])
    by_payee: dict[str, list[PayeeMonth]] = defaultdict(list)
    names: dict[str, str] = {}
    for month in counts["months"]:
        for row in month["payees"]:
            names[row["code"]] = row["name"]  # the newest
            by_payee[row["code"]].append(_payee_month(month["period"], row))
    payees = [PayeeOutcome(code, names[code], tuple(by_payee[code])) for code in sorted(by_payee)]
    payees.sort(key=lambda payee: -payee.gets.change)
    total = MonthOutcome(
        "",
        sum((month.pool for month in months), Moved()),
        sum((month.earned for month in months), Moved()),
        sum((month.top_up for month in months), Moved()),
        sum((month.tax_borne for month in months), Moved()),
        sum(month.lost_events for month in months),
        sum(month.lost_pool for month in months),
    )
    return Outcome(months, total, tuple(payees))


def _month(kept: dict[str, Any]) -> MonthOutcome:
    before, after = kept["sums"]
    return MonthOutcome(
        kept["period"],
        Moved(*kept["pool"]),
        Moved(before[EARNED], after[EARNED]),
        Moved(before[TOP_UP], after[TOP_UP]),
        Moved(*(sums[TAX_BORNE] if len(sums) > TAX_BORNE else 0 for sums in (before, after))),  # older ones lack it
        kept["lost"]["events"],
        kept["lost"]["pool"],
    )


def _payee_month(period: str, row: dict[str, Any]) -> PayeeMonth:
    earned, top_up, tax, recouped, net_pay, *_more = (Moved(*pair) for pair in zip(*row["columns"], strict=True))
    rates = tuple(
        RateMoved(contract, version, scope, value, _rate(before), _rate(after))
        for contract, version, scope, value, before, after in row["rates"]
    )
    return PayeeMonth(period, earned, top_up, tax, recouped, net_pay, rates)


def _rate(kept: list[Any] | None) -> tuple[Fraction, tuple[int, int] | None] | None:
    if kept is None:
        return None
    rate, step, steps = kept
    return Fraction(rate), None if step is None else (step, steps)
