"""What is put in place of what was in force: the terms of one contract, or one change of many."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Contract, Payee
from mcn.commissions.engine.inputs import Income, Override, Rule, Version
from mcn.commissions.engine.tiers import Step, TierError, Tiers
from mcn.commissions.models import SplitRule
from mcn.commissions.terms import Split, Terms
from mcn.core.errors import RuleError
from mcn.core.money import R
from mcn.core.periods import Period
from mcn.settlements import inputs as month_inputs
from mcn.settlements.engine.inputs import Guarantee
from mcn.settlements.inputs import Inputs, PayeeRecord, VersionGuarantee

T = TypeVar("T", Rule, Override)
HERE = 0  # stands for the version until the terms are put into one


@dataclass(frozen=True, slots=True)
class DraftTerms:
    """The terms of a contract that nobody has signed. `payees`: those of the overrides, for months that do not know
    them yet. `tail_rules`: what counts in place of the tail of a version."""

    contract: str
    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...]
    payees: tuple[PayeeRecord, ...]
    guarantee: Guarantee | None
    clawback_window_days: int | None
    net_of_tax: bool = False
    tail_rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One change of the rules of some anchors (none named: of all) for one income: so much is added to every rate
    (0.05: five points), every bound of tiers is multiplied. Rates of tails stay what they are."""

    anchors: tuple[str, ...]
    income: Income
    points: Fraction
    bounds: Fraction


@dataclass(frozen=True, slots=True)
class Scenario:
    """Exactly one of the two."""

    draft: DraftTerms | None = None
    change: RuleChange | None = None

    def in_place(self, inputs: Inputs) -> Inputs:
        """The inputs of a month with this in place of what was in force. Raises RuleError where a rate leaves 0 to
        100 %, or bounds do not rise any more."""
        if self.draft is not None:
            return _with_draft(inputs, self.draft)
        assert self.change is not None
        return _with_change(inputs, self.change)

    def concerns(self, inputs: Inputs) -> set[str]:
        """Codes of the anchors whose rules are others."""
        if self.draft is not None:
            return {version.anchor for version in inputs.roster.versions if version.number == self.draft.contract}
        assert self.change is not None
        return set(self.change.anchors) or {anchor.code for anchor in inputs.anchors}


def draft_of(contract: Contract, terms: Terms) -> DraftTerms:
    """Terms as the calculation takes them. An override that begins on the first day of the terms has no first day:
    as the terms, it is tried out on months before it. Raises RuleError for terms without a rule."""
    if not terms.splits:
        raise RuleError(_("Terms without any rule cannot be tried out: nothing would be shared."))
    month = Period.of(terms.starts_on)
    wanted = {override.payee.code for override in terms.overrides}
    return DraftTerms(
        contract=contract.number,
        rules=tuple(_rule(number, split) for number, split in enumerate(terms.splits, 1)),
        overrides=tuple(
            Override(
                id=number,
                version_id=HERE,
                payee=row.payee.code,
                basis=str(row.basis),  # type: ignore[arg-type]
                rate=Fraction(row.rate),
                from_on=None if row.starts_on == terms.starts_on else row.starts_on,
                until_on=row.ends_on,
                borne_by=str(row.borne_by),  # type: ignore[arg-type]
            )
            for number, row in enumerate(terms.overrides, 1)
            if row.income == SplitRule.Income.COMMISSION
        ),
        payees=tuple(
            replace(record, advances=(), brought_forward=0, instalments=())
            for record in month_inputs.payees_now(month, Payee.objects.filter(code__in=wanted))
        ),
        guarantee=None
        if terms.guarantee is None
        else Guarantee(
            amount=terms.guarantee.amount_fen,
            min_days=terms.guarantee.min_days,
            min_hours=terms.guarantee.min_hours,
            when_short=str(terms.guarantee.when_short),  # type: ignore[arg-type]
            tested=str(terms.guarantee.tested),  # type: ignore[arg-type]
        ),
        clawback_window_days=terms.clawback_window_days,
        net_of_tax=terms.net_of_tax,
        tail_rules=()
        if terms.tail is None
        else tuple(_rule(number, split) for number, split in enumerate(terms.tail.splits(terms.splits), 1)),
    )


def _rule(number: int, split: Split) -> Rule:
    tiers = None
    if split.tiers is not None:
        steps = tuple(Step(step.up_to, Fraction(step.rate)) for step in split.tiers.steps)
        tiers = Tiers(str(split.tiers.metric), str(split.tiers.mode), steps)  # type: ignore[arg-type]
    target = split.target
    return Rule(
        id=number,
        version_id=HERE,
        income=str(split.income),  # type: ignore[arg-type]
        scope=str(split.scope),  # type: ignore[arg-type]
        scope_value="" if target is None else target if isinstance(target, str) else target.code,
        rate=None if split.rate is None else Fraction(split.rate),
        tiers=tiers,
    )


def _with_draft(inputs: Inputs, draft: DraftTerms) -> Inputs:
    """Every version of the contract says what the draft says, every tail what the draft's does. The versions keep their
    days, so that each settles what it settled; new rules and overrides have numbers below 0, where no row is."""
    roster = inputs.roster
    mine = [version for version in roster.versions if version.number == draft.contract]
    if not mine:
        return inputs
    versions = {version.id for version in mine}
    terms, tails = ([version for version in mine if version.tail is wanted] for wanted in (False, True))
    known = {record.code for record in inputs.payees}
    rules = _numbered(draft.rules, terms)
    rules += _numbered(draft.tail_rules, tails, above=-len(rules))
    overrides = _numbered(draft.overrides, terms)
    return replace(
        inputs,
        roster=replace(
            roster,
            versions=tuple(
                replace(version, clawback_window_days=draft.clawback_window_days) if version.id in versions else version
                for version in roster.versions
            ),
            rules=(*(rule for rule in roster.rules if rule.version_id not in versions), *rules),
            overrides=(*(row for row in roster.overrides if row.version_id not in versions), *overrides),
        ),
        payees=(*inputs.payees, *(record for record in draft.payees if record.code not in known)),
        guarantees=(
            *(row for row in inputs.guarantees if row.version_id not in versions),
            *(VersionGuarantee(version.id, draft.guarantee) for version in terms if draft.guarantee is not None),
        ),
        net_of_tax=(
            *(version_id for version_id in inputs.net_of_tax if version_id not in versions),
            *(sorted(versions) if draft.net_of_tax else ()),
        ),
    )


def _numbered(rows: tuple[T, ...], versions: list[Version], above: int = 0) -> list[T]:
    """The rows in each version, numbered from below `above`. All of a version come in the order of the draft, as the
    lower number counts first."""
    places = [(version.id, row) for version in versions for row in rows]
    first = above - len(places)
    return [replace(row, id=first + n, version_id=version_id) for n, (version_id, row) in enumerate(places)]


def _with_change(inputs: Inputs, change: RuleChange) -> Inputs:
    roster = inputs.roster
    anchors = set(change.anchors)
    versions = {v.id: v for v in roster.versions if not v.tail and (not anchors or v.anchor in anchors)}
    rules = tuple(
        _changed(rule, versions[rule.version_id], change)
        if rule.version_id in versions and rule.income == change.income
        else rule
        for rule in roster.rules
    )
    return replace(inputs, roster=replace(roster, rules=rules))


def _changed(rule: Rule, version: Version, change: RuleChange) -> Rule:
    def rate(before: Fraction) -> Fraction:
        after = before + change.points
        if not 0 <= after <= 1:
            raise RuleError(
                _("%(contract)s, version %(version)s: a rate of %(before)s %% would become %(after)s %%."),
                field="points",
                contract=version.number,
                version=version.version,
                before=f"{_decimal(before * 100):f}",
                after=f"{_decimal(after * 100):f}",
            )
        return after

    if rule.tiers is None:
        assert rule.rate is not None
        return replace(rule, rate=rate(rule.rate))
    try:
        steps = tuple(
            Step(None if step.up_to is None else R(step.up_to * change.bounds), rate(step.rate))
            for step in rule.tiers.steps
        )
        return replace(rule, tiers=replace(rule.tiers, steps=steps))
    except TierError as error:
        raise RuleError(
            _("%(contract)s, version %(version)s: bounds that small would not rise from step to step."),
            field="bounds",
            contract=version.number,
            version=version.version,
        ) from error


def _decimal(value: Fraction) -> Decimal:
    """An exact rate has an exact decimal."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
