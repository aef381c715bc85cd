"""The terms of a contract version as a value: to be checked, compared and shown before they are saved."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from mcn.anchors.models import Contract, ContractVersion, Payee
from mcn.brands.models import Brand, Deal
from mcn.commissions.models import Override, SplitRule
from mcn.core.money import decimal_text
from mcn.supply.models import Sku

Target = Sku | Deal | Brand | str | None


@dataclass(frozen=True)
class Step:
    """One step: up to and including `up_to` (fen, or a count for orders); the last has none."""

    up_to: int | None
    rate: Decimal


@dataclass(frozen=True)
class Tiers:
    metric: str
    mode: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Split:
    """The anchor's rate, or tiers, on one income line for one scope. `target` is the SKU, deal or brand, or
    the name of the category or platform."""

    income: str
    scope: str = SplitRule.Scope.NONE
    target: Target = None
    rate: Decimal | None = None
    tiers: Tiers | None = None

    def rates(self) -> Iterator[Decimal]:
        """Every rate that the rule may give."""
        if self.rate is not None:
            yield self.rate
        if self.tiers is not None:
            yield from (step.rate for step in self.tiers.steps)


@dataclass(frozen=True)
class OverrideTerms:
    """A further payee's rate, for orders paid from `starts_on` up to but not including `ends_on`."""

    payee: Payee
    basis: str
    rate: Decimal
    starts_on: date
    ends_on: date | None = None
    income: str = SplitRule.Income.COMMISSION
    borne_by: str = Override.BorneBy.AGENCY

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True)
class Guarantee:
    """A minimum for the month in fen, with the valid days and hours it takes.

    Where the contract ends before its last day, `repay_rate` of the top-ups of the last `repay_months` months goes
    back.
    """

    amount_fen: int
    min_days: int | None = None
    min_hours: Decimal | None = None
    when_short: str = ContractVersion.WhenShort.VOID
    tested: str = ContractVersion.Tested.BEFORE_RECOUP
    repay_months: int | None = None
    repay_rate: Decimal = Decimal(1)


@dataclass(frozen=True)
class Tail:
    """What orders paid in the `days` after the contract's end are shared by (docs/money.md §3.3): `share` of each
    commission rate, or `rate` for all commission. Exactly one of the two is given.
    """

    days: int
    share: Decimal | None = None
    rate: Decimal | None = None

    def splits(self, splits: tuple[Split, ...]) -> tuple[Split, ...]:
        """The splits that count in the tail, reckoned exactly from those of the version; commission alone."""
        if self.share is None:
            return (Split(SplitRule.Income.COMMISSION, rate=self.rate),)
        return tuple(
            replace(split, rate=split.rate * self.share)
            for split in splits
            if split.income == SplitRule.Income.COMMISSION and split.rate is not None
        )


@dataclass(frozen=True)
class Terms:
    """All that a contract version says, in force from `starts_on`. `net_of_tax`: what it pays is left after tax."""

    starts_on: date
    splits: tuple[Split, ...] = ()
    overrides: tuple[OverrideTerms, ...] = ()
    guarantee: Guarantee | None = None
    clawback_window_days: int | None = None
    net_of_tax: bool = False
    tail: Tail | None = None

    def same_as(self, other: "Terms") -> bool:
        """Whether both say the same, in whatever order their rules are written."""
        return self._comparable() == other._comparable()

    def as_json(self) -> dict[str, Any]:
        """All of it for a JSON column: related records by their codes, rates and hours as exact text, amounts
        in fen, days as ISO text. Equal terms give equal JSON."""
        return {
            "starts_on": self.starts_on.isoformat(),
            "clawback_window_days": self.clawback_window_days,
            "net_of_tax": self.net_of_tax,
            "guarantee": None if self.guarantee is None else _guarantee_json(self.guarantee),
            "tail": None if self.tail is None else _tail_json(self.tail),
            "splits": [_split_json(split) for split in self.splits],
            "overrides": [_override_json(override) for override in self.overrides],
        }

    def _comparable(self) -> tuple[object, ...]:
        return (
            self.starts_on,
            Counter(self.splits),
            Counter(self.overrides),
            self.guarantee,
            self.clawback_window_days,
            self.net_of_tax,
            self.tail,
        )


def _tail_json(tail: Tail) -> dict[str, Any]:
    paid = {"rate": tail.rate} if tail.share is None else {"share": tail.share}
    return {"days": tail.days, **{name: None if rate is None else decimal_text(rate) for name, rate in paid.items()}}


def _guarantee_json(guarantee: Guarantee) -> dict[str, Any]:
    told: dict[str, Any] = {
        "amount_fen": guarantee.amount_fen,
        "min_days": guarantee.min_days,
        "min_hours": None if guarantee.min_hours is None else decimal_text(guarantee.min_hours),
        "when_short": str(guarantee.when_short),
        "tested": str(guarantee.tested),
    }
    if guarantee.repay_months is not None:
        told |= {"repay_months": guarantee.repay_months, "repay_rate": decimal_text(guarantee.repay_rate)}
    return told


def _split_json(split: Split) -> dict[str, Any]:
    told = {
        "income": str(split.income),
        "scope": str(split.scope),
        "target": split.target if split.target is None or isinstance(split.target, str) else split.target.code,
    }
    if split.tiers is None:
        return told | {"rate": None if split.rate is None else decimal_text(split.rate)}
    steps = [{"up_to": step.up_to, "rate": decimal_text(step.rate)} for step in split.tiers.steps]
    return told | {"tiers": {"metric": str(split.tiers.metric), "mode": str(split.tiers.mode), "steps": steps}}


def _override_json(override: OverrideTerms) -> dict[str, Any]:
    return {
        "payee": override.payee.code,
        "income": str(override.income),
        "basis": str(override.basis),
        "rate": decimal_text(override.rate),
        "starts_on": override.starts_on.isoformat(),
        "ends_on": None if override.ends_on is None else override.ends_on.isoformat(),
        "borne_by": str(override.borne_by),
    }


def current_versions(contract: Contract) -> QuerySet[ContractVersion]:
    """The versions of a contract's term that count: neither superseded nor a tail (docs/money.md §3.3)."""
    return contract.versions.filter(superseded_at__isnull=True, tail_of__isnull=True)


def version_on(contract: Contract, day: date) -> ContractVersion | None:
    """That one of them that a day of the contract goes by."""
    return current_versions(contract).filter(starts_on__lte=day).order_by("-starts_on").first()


def terms_of(version: ContractVersion) -> Terms:
    """The terms that a saved version holds."""
    guarantee = None
    if version.guarantee_fen is not None:
        guarantee = Guarantee(
            amount_fen=version.guarantee_fen,
            min_days=version.guarantee_min_days,
            min_hours=version.guarantee_min_hours,
            when_short=version.guarantee_when_short,
            tested=version.guarantee_tested,
            repay_months=version.guarantee_repay_months,
            repay_rate=version.guarantee_repay_rate,
        )
    tail = None
    if version.tail_days is not None:
        tail = Tail(version.tail_days, version.tail_share_rate, version.tail_rate)
    rules = version.splits.select_related("sku", "deal", "brand").prefetch_related("steps")
    return Terms(
        starts_on=version.starts_on,
        splits=tuple(_split_of(rule) for rule in rules),
        overrides=tuple(
            OverrideTerms(
                payee=row.payee,
                basis=row.basis,
                rate=row.rate,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                income=row.income,
                borne_by=row.borne_by,
            )
            for row in version.overrides.select_related("payee")
        ),
        guarantee=guarantee,
        clawback_window_days=version.clawback_window_days,
        net_of_tax=version.net_of_tax,
        tail=tail,
    )


def _split_of(rule: SplitRule) -> Split:
    tiers = None
    if rule.rate is None:
        steps = tuple(Step(step.up_to, step.rate) for step in rule.steps.all())
        tiers = Tiers(rule.tier_metric, rule.tier_mode, steps)
    target = None if rule.scope == SplitRule.Scope.NONE else getattr(rule, rule.scope)
    return Split(rule.income, rule.scope, target, rule.rate, tiers)
