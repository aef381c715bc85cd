"""Tiered rates (docs/money.md §4.4): a step by step rate that depends on one figure of the anchor's month."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Metric = Literal["net_gmv", "net_commission", "orders"]
Mode = Literal["slab", "marginal"]


class TierError(ValueError):
    """Steps that are no ladder. `code` says why, `step` is the 1-based number of the step at fault."""

    def __init__(self, code: str, step: int) -> None:
        self.code = code
        self.step = step
        super().__init__(f"tier step {step}: {code}")


@dataclass(frozen=True, slots=True)
class Step:
    """A rate and the metric up to which it holds, inclusive: fen, or a number of orders; None on the last
    step.
    """

    up_to: int | None
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Tiers:
    """A ladder of steps over one metric of the anchor's month.

    Raises TierError when built from no steps, a bound missing before the last step or standing on it, bounds
    that do not rise above 0, or a rate outside [0, 1].
    """

    metric: Metric
    mode: Mode
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.steps:
            raise TierError("no_steps", 1)
        floor = 0
        for number, step in enumerate(self.steps, 1):
            last = number == len(self.steps)
            if last and step.up_to is not None:
                raise TierError("last_step_bounded", number)
            if not last:
                if step.up_to is None:
                    raise TierError("bound_missing", number)
                if step.up_to <= floor:
                    raise TierError("bound_not_rising", number)
                floor = step.up_to
            if not 0 <= step.rate <= 1:
                raise TierError("rate_out_of_range", number)


@dataclass(frozen=True, slots=True)
class TierPart:
    """The part of a metric that lies in one step, and that step's rate."""

    step: int
    rate: Fraction
    part: Fraction


def tier_rate(tiers: Tiers, metric: Fraction) -> Fraction:
    """Exact rate at a metric (fen, or orders).

    slab: the step that holds the metric. marginal: Σ(rate × part of the metric in the step) / metric,
    unrounded. A metric of 0 or less takes the first step.
    """
    if metric <= 0:
        return tiers.steps[0].rate
    if tiers.mode == "slab":
        return tiers.steps[step_at(tiers, metric)].rate
    return sum((part.rate * part.part for part in tier_parts(tiers, metric)), Fraction(0)) / metric


def step_at(tiers: Tiers, metric: Fraction) -> int:
    """0-based number of the step that holds a metric; bounds belong to the lower step."""
    for number, step in enumerate(tiers.steps):
        if step.up_to is None or metric <= step.up_to:
            return number
    raise AssertionError("the last step has no bound")


def tier_parts(tiers: Tiers, metric: Fraction) -> Iterator[TierPart]:
    """How a positive metric falls into the steps: one part per step it reaches, adding up to the metric."""
    floor = Fraction(0)
    for number, step in enumerate(tiers.steps):
        if metric <= floor:
            return
        top = metric if step.up_to is None else min(metric, Fraction(step.up_to))
        yield TierPart(step=number, rate=step.rate, part=top - floor)
        floor = top
