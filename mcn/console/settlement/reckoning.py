"""A share's explanation as the steps that `components/explanation.html` words."""

from fractions import Fraction
from typing import Any

from mcn.commissions.engine.explain import Step, tier_steps
from mcn.commissions.engine.inputs import Rule
from mcn.commissions.engine.results import RuleRate
from mcn.commissions.engine.tiers import Step as TierStep
from mcn.commissions.engine.tiers import Tiers
from mcn.commissions.models import Bucket, ShareLine
from mcn.commissions.selectors import Explanation, explain

Kind = Bucket.Kind


def steps_of(share: ShareLine) -> list[Step]:
    """From the event or entry to the share, in the order of the reckoning; amounts in fen."""
    found = explain(share)
    steps = [_origin(found)]
    if share.event is not None and found.override is None and found.weight != 1:
        weight = Fraction(found.weight)
        steps.append(Step("weight", {"weight": weight, "part": weight * found.pool}))
    if found.override is not None:
        basis, rate = found.override.basis, Fraction(found.override.rate)
        base = found.base if found.kind == Kind.OVERRIDE else None
        steps.append(Step("override", {"basis": basis, "base": base, "rate": rate}))
    elif found.rule is not None:
        steps += _rule(found)
    steps.append(_reckoning(found))
    if found.borne:
        steps.append(Step("borne", {"amount": found.borne}))
    return [*steps, Step("share", {"share": found.share})]


def _origin(found: Explanation) -> Step:
    if found.line.entry is not None:
        return Step("amount", {"amount": found.pool, "code": found.line.entry.code})
    return Step("pool", {"gross": found.gross, "fee": found.fee, "pool": found.pool})


def _rule(found: Explanation) -> list[Step]:
    rule: Any = found.rule
    steps = [
        Step(
            "rule",
            {
                "contract": found.contract,
                "version": found.version,
                "income": rule.income,
                "scope": rule.scope,
                "scope_value": rule.scope_text.partition(":")[2],
                "rate": found.rate,
            },
        )
    ]
    if found.tier is not None and found.rate is not None and found.kind != Kind.CLAWBACK:
        ladder = tuple(TierStep(step.up_to, Fraction(step.rate)) for step in rule.steps.all())
        tiered = Rule(rule.pk, rule.version_id, rule.income, tiers=Tiers(rule.tier_metric, rule.tier_mode, ladder))
        steps += tier_steps(tiered, RuleRate(rule.pk, rule.version_id, found.rate, Fraction(found.tier.value)))
    return steps


def _reckoning(found: Explanation) -> Step:
    q = None if found.rate is None else found.rate * (1 if found.override else Fraction(found.weight))
    if found.kind == Kind.WHOLE:
        return Step("whole", {"amount": found.share})
    if found.kind == Kind.OUTSIDE_WINDOW:
        return Step("outside_window", {"days": found.days, "window": found.window})
    if found.proportion is not None:
        part = found.proportion
        return Step(
            "proportion",
            {
                "pool_before": part.pool_before,
                "pool_after": part.pool_after,
                "paid_before": part.paid_before,
                "paid_after": part.paid_after,
            },
        )
    if found.running is None:
        return Step("unsettled", {"change": found.pool, "q": q})
    run = found.running
    return Step(
        "bucket",
        {
            "before": run.before,
            "after": run.after,
            "q": q,
            "rounded_before": run.rounded_before,
            "rounded_after": run.rounded_after,
        },
    )
