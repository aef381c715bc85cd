"""How a share came about, as plain data that a screen words in any language (docs/money.md §4).

An explanation is a list of steps, each a code with named values: whole fen as int, exact rates, weights and
fractions of a fen as Fraction, names as text. The last step of every explanation is the share itself.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mcn.commissions.engine.inputs import Entry, Event, PeriodInputs, Rule
from mcn.commissions.engine.results import PeriodResult, RuleRate, ShareLine
from mcn.commissions.engine.tiers import step_at, tier_parts
from mcn.core.money import R

Code = Literal[
    "pool",  # gross, fee, pool: what the event brought
    "amount",  # amount, code: what was typed as an entry
    "weight",  # weight, part: a co-host's part of the pool
    "rule",  # rule, contract, version, tail, income, scope, scope_value, rate
    "tier",  # metric, value, mode, step, up_to, rate: the step that holds the metric
    "tier_part",  # step, part, rate, amount: one step's part of a marginal tier
    "override",  # override, basis, base, rate, borne_by
    "bucket",  # before, after, q, rounded_before, rounded_after: cumulative rounding
    "proportion",  # pool_before, pool_after, paid_before, paid_after
    "unsettled",  # change, q: a clawback on a line that was never settled here, or has no pool left
    "outside_window",  # days, window: too late to take back
    "borne",  # amount: overrides the anchor bears
    "whole",  # amount: goes to the payee whole
    "share",  # share
]
Value = int | str | Fraction | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an explanation: what happened, and with which values."""

    code: Code
    values: dict[str, Value]


class Explainer:
    """Explains the share lines of one calculated period."""

    def __init__(self, inputs: PeriodInputs, result: PeriodResult) -> None:
        self.events = {event.id: event for event in inputs.events}
        self.entries = {entry.id: entry for entry in inputs.entries}
        self.rules = {rule.id: rule for rule in inputs.rules}
        self.overrides = {override.id: override for override in inputs.overrides}
        self.versions = {version.id: version for version in inputs.versions}
        self.rates = {rate.rule_id: rate for rate in result.rates}

    def explain(self, line: ShareLine) -> list[Step]:
        """Steps from the event or entry to the share, in the order of the reckoning."""
        steps = [self._origin(line)]
        if line.role == "anchor" and line.weight != 1:
            steps.append(Step("weight", {"weight": line.weight, "part": line.weight * line.pool}))
        if line.role == "override":
            steps.append(self._override(line))
        elif line.rule_id is not None:
            rule = self.rules[line.rule_id]
            steps.append(self._rule(rule, line))
            if line.method in ("bucket", "rate"):
                steps += tier_steps(rule, self.rates[rule.id])
        steps.append(self._reckoning(line))
        if line.borne:
            steps.append(Step("borne", {"amount": line.borne}))
        steps.append(Step("share", {"share": line.share}))
        return steps

    def _origin(self, line: ShareLine) -> Step:
        if line.source == "entry":
            entry: Entry = self.entries[line.source_id]
            return Step("amount", {"amount": entry.amount, "code": entry.code})
        event: Event = self.events[line.source_id]
        return Step("pool", {"gross": event.gross, "fee": event.fee, "pool": event.pool})

    def _rule(self, rule: Rule, line: ShareLine) -> Step:
        version = self.versions[rule.version_id]
        return Step(
            "rule",
            {
                "rule": rule.id,
                "contract": version.number,
                "version": version.version,
                "tail": version.tail,
                "income": rule.income,
                "scope": rule.scope,
                "scope_value": rule.scope_value,
                "rate": line.rate,
            },
        )

    def _override(self, line: ShareLine) -> Step:
        assert line.rule_id is not None
        override = self.overrides[line.rule_id]
        return Step(
            "override",
            {
                "override": override.id,
                "basis": override.basis,
                "base": line.basis if line.method == "bucket" else None,
                "rate": override.rate,
                "borne_by": override.borne_by,
            },
        )

    def _reckoning(self, line: ShareLine) -> Step:
        q = line.rate if line.role == "override" else line.rate * line.weight
        if line.method == "whole":
            return Step("whole", {"amount": line.share})
        if line.method == "proportion":
            return Step(
                "proportion",
                {
                    "pool_before": R(line.before),
                    "pool_after": R(line.after),
                    "paid_before": line.paid_before,
                    "paid_after": line.paid_before + line.share,
                },
            )
        if line.method == "rate":
            return Step("unsettled", {"change": line.pool, "q": q})
        if line.method == "outside_window":
            return Step("outside_window", {"days": R(line.before), "window": R(line.after)})
        return Step(
            "bucket",
            {
                "before": line.before,
                "after": line.after,
                "q": q,
                "rounded_before": R(line.before * q),
                "rounded_after": R(line.after * q),
            },
        )


def tier_steps(rule: Rule, rate: RuleRate) -> list[Step]:
    """How a tiered rule came to its rate in this period: the step reached, and for marginal tiers every
    part.
    """
    tiers = rule.tiers
    if tiers is None or rate.metric is None:
        return []
    number = step_at(tiers, rate.metric)
    step = tiers.steps[number]
    steps = [
        Step(
            "tier",
            {
                "metric": tiers.metric,
                "value": rate.metric,
                "mode": tiers.mode,
                "step": number + 1,
                "up_to": step.up_to,
                "rate": rate.rate,
            },
        )
    ]
    if tiers.mode == "marginal" and rate.metric > 0:
        steps += [
            Step(
                "tier_part",
                {
                    "step": part.step + 1,
                    "part": part.part,
                    "rate": part.rate,
                    "amount": part.part * part.rate,
                },
            )
            for part in tier_parts(tiers, rate.metric)
        ]
    return steps
