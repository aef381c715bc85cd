"""What stands in the split editor: texts as typed, row by row, before anything is checked.

A draft goes through the browser as plain form fields, so that rows can be added and taken away, and a review
page can hand everything on, without losing what was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from mcn.anchors.models import ContractVersion
from mcn.commissions.models import Override, SplitRule
from mcn.commissions.terms import OverrideTerms, Split, Terms

HEAD = (
    "starts_on", "clawback_window_days", "guarantee", "min_days", "min_hours", "when_short", "tested", "repay_months",
    "repay_rate", "net_of_tax", "tail_days", "tail_share", "tail_rate",
)  # fmt: skip
SPLIT = ("income", "scope", "pays", "rate", "metric", "mode")
STEP = ("up_to", "rate")
OVERRIDE = ("payee", "income", "basis", "rate", "starts_on", "ends_on", "borne_by")
MOST_SPLITS, MOST_STEPS, MOST_OVERRIDES = 100, 20, 30

Row = dict[str, str]


def new_split() -> Row:
    return {"income": SplitRule.Income.COMMISSION, "scope": SplitRule.Scope.NONE, "pays": "rate"}


@dataclass
class Draft:
    """The head, the splits with their steps, the overrides: field name → text."""

    head: Row = field(default_factory=dict)
    splits: list[Row] = field(default_factory=list)
    steps: list[list[Row]] = field(default_factory=list)
    overrides: list[Row] = field(default_factory=list)

    @classmethod
    def empty(cls, starts_on: date) -> "Draft":
        """A first version: one rate on all commission."""
        head = {
            "starts_on": f"{starts_on:%Y-%m-%d}",
            "when_short": ContractVersion.WhenShort.VOID,
            "tested": ContractVersion.Tested.BEFORE_RECOUP,
        }
        return cls(head, [new_split()], [[]])

    @classmethod
    def of_terms(cls, terms: Terms, starts_on: date) -> "Draft":
        """The terms of an existing version, to begin on `starts_on`."""
        made = cls.empty(starts_on)
        if terms.clawback_window_days is not None:
            made.head["clawback_window_days"] = str(terms.clawback_window_days)
        made.head["net_of_tax"] = "on" if terms.net_of_tax else ""
        if terms.guarantee is not None:
            made.head |= {
                "guarantee": _yuan(terms.guarantee.amount_fen),
                "min_days": _text(terms.guarantee.min_days),
                "min_hours": _text(terms.guarantee.min_hours),
                "when_short": terms.guarantee.when_short,
                "tested": terms.guarantee.tested,
                "repay_months": _text(terms.guarantee.repay_months),
                "repay_rate": _percent(terms.guarantee.repay_rate),
            }
        if terms.tail is not None:
            made.head |= {
                "tail_days": str(terms.tail.days),
                "tail_share": _percent(terms.tail.share),
                "tail_rate": _percent(terms.tail.rate),
            }
        made.splits = [_split_row(split) for split in terms.splits]
        made.steps = [_step_rows(split) for split in terms.splits]
        made.overrides = [_override_row(row) for row in terms.overrides]
        return made

    @classmethod
    def of_post(cls, data: Mapping[str, str]) -> "Draft":
        """What the browser sent. Counts beyond the limits are cut, so that no request makes endless rows."""
        splits = range(_count(data, "splits", MOST_SPLITS))
        return cls(
            head=_read(data, "head", HEAD),
            splits=[_read(data, f"split-{number}", SPLIT) for number in splits],
            steps=[
                [
                    _read(data, f"split-{number}-step-{step}", STEP)
                    for step in range(_count(data, f"split-{number}-steps", MOST_STEPS))
                ]
                for number in splits
            ],
            overrides=[
                _read(data, f"override-{number}", OVERRIDE)
                for number in range(_count(data, "overrides", MOST_OVERRIDES))
            ],
        )

    def data(self) -> dict[str, str]:
        """The draft as form fields."""
        found = {f"head-{name}": text for name, text in self.head.items()}
        found |= {"splits": str(len(self.splits)), "overrides": str(len(self.overrides))}
        for number, row in enumerate(self.splits):
            found |= {f"split-{number}-{name}": text for name, text in row.items()}
            found[f"split-{number}-steps"] = str(len(self.steps[number]))
            for step, values in enumerate(self.steps[number]):
                found |= {f"split-{number}-step-{step}-{name}": text for name, text in values.items()}
        for number, row in enumerate(self.overrides):
            found |= {f"override-{number}-{name}": text for name, text in row.items()}
        return found

    def apply(self, action: str) -> bool:
        """Add or take away a row: `add-split`, `remove-step-0-2` …; False for anything else."""
        match = re.fullmatch(r"(add|remove)-(split|step|override)((?:-\d{1,3})*)", action)
        if match is None:
            return False
        verb, noun, places = match.groups()
        numbers = [int(text) for text in places.split("-") if text]
        try:
            self._change(verb, noun, numbers)
        except (IndexError, ValueError):
            return False
        return True

    def _change(self, verb: str, noun: str, numbers: list[int]) -> None:
        if noun == "split" and verb == "add":
            self.splits.append(new_split())
            self.steps.append([])
        elif noun == "split":
            (number,) = numbers
            del self.splits[number], self.steps[number]
        elif noun == "override" and verb == "add":
            self.overrides.append({"starts_on": self.head.get("starts_on", "")})
        elif noun == "override":
            (number,) = numbers
            del self.overrides[number]
        elif verb == "add":
            (number,) = numbers
            # Before the last step, which has no bound.
            self.steps[number].insert(max(len(self.steps[number]) - 1, 0), {})
        else:
            number, step = numbers
            del self.steps[number][step]

    def tidy(self) -> None:
        """A rule that pays by tiers has at least two steps to fill in."""
        for row, steps in zip(self.splits, self.steps, strict=True):
            if row.get("pays") == "tiers":
                steps += [{} for _missing in range(2 - len(steps))]


def _read(data: Mapping[str, str], prefix: str, names: tuple[str, ...]) -> Row:
    return {name: data.get(f"{prefix}-{name}", "") for name in names}


def _count(data: Mapping[str, str], name: str, most: int) -> int:
    text = data.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _text(value: int | Decimal | None) -> str:
    if value is None:
        return ""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{(rate * 100).normalize():f}"


def _split_row(split: Split) -> Row:
    scope = str(split.scope)
    if split.target is not None:
        scope = f"{scope}:{getattr(split.target, 'pk', split.target)}"
    row = {"income": split.income, "scope": scope, "pays": "rate", "rate": _percent(split.rate)}
    if split.tiers is not None:
        row |= {"pays": "tiers", "metric": split.tiers.metric, "mode": split.tiers.mode}
    return row


def _step_rows(split: Split) -> list[Row]:
    if split.tiers is None:
        return []
    counted = split.tiers.metric == SplitRule.Metric.ORDERS
    return [
        {
            "up_to": "" if step.up_to is None else str(step.up_to) if counted else _yuan(step.up_to),
            "rate": _percent(step.rate),
        }
        for step in split.tiers.steps
    ]


def _override_row(row: OverrideTerms) -> Row:
    return {
        "payee": str(row.payee.pk),
        "income": row.income,
        "basis": str(Override.Basis(row.basis).value),
        "rate": _percent(row.rate),
        "starts_on": f"{row.starts_on:%Y-%m-%d}",
        "ends_on": f"{row.ends_on:%Y-%m-%d}" if row.ends_on else "",
        "borne_by": row.borne_by,
    }
