"""Whether a contract version may be saved: its shares and overrides stay within the pool (docs/money.md §4.6)."""

from collections.abc import Sequence
from fractions import Fraction

from mcn.commissions.engine.inputs import Override, Rule


def fits(rules: Sequence[Rule], overrides: Sequence[Override]) -> bool:
    """No rate of a rule, with the overrides of any one day, takes more than the pool or the anchor's own share."""
    rates = [
        rate
        for rule in rules
        if rule.income == "commission"
        for rate in ([step.rate for step in rule.tiers.steps] if rule.tiers else [rule.rate])
    ]
    return all(
        _fits_on(rate, [override for override in overrides if override.covers(day)])
        for day in {override.from_on for override in overrides}
        for rate in rates
    )


def _fits_on(rate: Fraction, overrides: Sequence[Override]) -> bool:
    taken = {"agency": Fraction(0), "anchor": Fraction(0)}
    for override in overrides:
        base = {"pool": 1, "anchor_share": rate, "agency_share": 1 - rate}[override.basis]
        taken[override.borne_by] += base * override.rate
    return rate + taken["agency"] <= 1 and taken["anchor"] <= rate
