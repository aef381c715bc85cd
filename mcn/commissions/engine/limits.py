"""Whether a contract version could pay out more than the pool (docs/money.md §4.6); asked when it is
saved.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from mcn.commissions.engine.inputs import Bearer, Override, Rule


@dataclass(frozen=True, slots=True)
class Excess:
    """A rule at one of its rates, and what it and the overrides of one day take: more than there is.

    `bearer` is the agency when everything together passes the whole pool, the anchor when the overrides it
    bears pass its own share.
    """

    rule_id: int
    rate: Fraction
    taken: Fraction
    bearer: Bearer
    on: date | None


def excesses(rules: Iterable[Rule], overrides: Sequence[Override]) -> list[Excess]:
    """Every commission rule of one contract version that pays above 100 % of the pool with the overrides of
    some day.

    An empty list is a version that can be saved. Windows that never meet are not added up.
    """
    days = _days(overrides)
    found = []
    for rule in rules:
        if rule.income != "commission":
            continue
        rates = [step.rate for step in rule.tiers.steps] if rule.tiers else [rule.rate or Fraction(0)]
        for rate in rates:
            for day in days:
                now = [o for o in overrides if day is None or o.covers(day)]
                found += _excess_on(rule, rate, now, day)
    return found


def _excess_on(rule: Rule, rate: Fraction, overrides: list[Override], day: date | None) -> list[Excess]:
    by_bearer: dict[Bearer, Fraction] = {"agency": Fraction(0), "anchor": Fraction(0)}
    for override in overrides:
        base = {"pool": Fraction(1), "anchor_share": rate, "agency_share": 1 - rate}[override.basis]
        by_bearer[override.borne_by] += base * override.rate
    found = []
    if rate + by_bearer["agency"] > 1:
        found.append(Excess(rule.id, rate, rate + by_bearer["agency"], "agency", day))
    if by_bearer["anchor"] > rate:
        found.append(Excess(rule.id, rate, by_bearer["anchor"], "anchor", day))
    return found


def _days(overrides: Sequence[Override]) -> list[date | None]:
    """Days on which some set of overrides is the largest: every start, or any day when none has a start."""
    starts = sorted({override.from_on for override in overrides if override.from_on is not None})
    always = date.min if any(override.from_on is None for override in overrides) else None
    days: list[date | None] = [*starts]
    if always is not None or not days:
        days.insert(0, always)
    return days
