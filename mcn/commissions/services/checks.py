"""What the terms of a contract version must fulfil before they are saved (docs/money.md §4).

Every check raises RuleError whose `field` is the path inside the version, as the agency file writes it.
"""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.anchors.models import Contract, ContractVersion
from mcn.commissions.models import Override, SplitRule
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Tail, Terms, Tiers
from mcn.core.errors import RuleError
from mcn.core.money import decimal_text

MOST_TAIL_DAYS = 1000


def check_terms(contract: Contract, terms: Terms) -> None:
    """Raise RuleError for the first thing in the terms that is impossible, contradictory or above 100 %."""
    if not contract.starts_on <= terms.starts_on <= contract.ends_on:
        raise RuleError(
            _("The version starts on %(start)s, outside its contract, which runs from %(first)s to %(last)s."),
            field="from",
            start=terms.starts_on,
            first=contract.starts_on,
            last=contract.ends_on,
        )
    scopes: dict[tuple[object, ...], int] = {}
    for index, split in enumerate(terms.splits):
        place = f"splits[{index}]"
        _check_split(split, place)
        first = scopes.setdefault((split.income, split.scope, split.target), index)
        if first != index:
            raise RuleError(
                _("The same income and scope already have a rule: %(first)s."), field=place, first=f"splits[{first}]"
            )
    for index, override in enumerate(terms.overrides):
        _check_override(override, f"overrides[{index}]")
    if terms.guarantee is not None:
        _check_guarantee(terms.guarantee)
    if terms.tail is not None:
        _check_tail(terms.tail, terms.splits)
    guards.not_negative(clawback_window_days=terms.clawback_window_days)
    _check_sums(terms)


def _check_split(split: Split, place: str) -> None:
    guards.one_of(SplitRule.Income, split.income, field=f"{place}.income")
    guards.one_of(SplitRule.Scope, split.scope, field=f"{place}.scope")
    if (split.scope != SplitRule.Scope.NONE) != bool(split.target):
        raise RuleError(_("A scope names what it covers."), field=f"{place}.scope")
    if (split.rate is None) == (split.tiers is None):
        raise RuleError(_("A split has either a rate or tiers."), field=place)
    if split.rate is not None:
        guards.rate(split.rate, field=f"{place}.rate")
    if split.tiers is not None:
        _check_tiers(split.tiers, f"{place}.tiers")


def _check_tiers(tiers: Tiers, place: str) -> None:
    guards.one_of(SplitRule.Metric, tiers.metric, field=f"{place}.metric")
    guards.one_of(SplitRule.Mode, tiers.mode, field=f"{place}.mode")
    if not tiers.steps:
        raise RuleError(_("Tiers have at least one step."), field=f"{place}.steps")
    last = len(tiers.steps) - 1
    lower = 0
    for index, step in enumerate(tiers.steps):
        field = f"{place}.steps[{index}].up_to"
        guards.rate(step.rate, field=f"{place}.steps[{index}].rate")
        if index == last:
            if step.up_to is not None:
                raise RuleError(
                    _("The last step has no upper bound, or what lies above it would have no rate."), field=field
                )
        elif step.up_to is None:
            raise RuleError(_("Only the last step has no upper bound."), field=field)
        elif step.up_to <= lower:
            raise RuleError(
                _("The bound must be higher than the one before, so that steps neither overlap nor leave a gap.")
                if index
                else _("The first bound must be above 0."),
                field=field,
            )
        else:
            lower = step.up_to


def _check_override(override: OverrideTerms, place: str) -> None:
    guards.one_of(SplitRule.Income, override.income, field=f"{place}.income")
    guards.one_of(Override.Basis, override.basis, field=f"{place}.basis")
    guards.one_of(Override.BorneBy, override.borne_by, field=f"{place}.borne_by")
    guards.rate(override.rate, field=f"{place}.rate")
    guards.end_after_start(override.starts_on, override.ends_on, field=f"{place}.until")


def _check_guarantee(guarantee: Guarantee) -> None:
    guards.one_of(ContractVersion.WhenShort, guarantee.when_short, field="guarantee.when_short")
    guards.one_of(ContractVersion.Tested, guarantee.tested, field="guarantee.tested")
    guards.not_negative(**{"guarantee.amount": guarantee.amount_fen})
    if guarantee.min_days is not None and not 0 <= guarantee.min_days <= 31:
        raise RuleError(_("A month has at most 31 days."), field="guarantee.min_days")
    if guarantee.min_hours is not None and not 0 <= guarantee.min_hours <= 744:
        raise RuleError(_("A month has at most 744 hours."), field="guarantee.min_hours")
    if guarantee.repay_months is not None and not 1 <= guarantee.repay_months <= 120:
        raise RuleError(_("Between 1 and 120 months of top-ups are repaid."), field="guarantee.repay_months")
    guards.rate(guarantee.repay_rate, field="guarantee.repay_rate")
    if guarantee.when_short == ContractVersion.WhenShort.PRORATE and not guarantee.min_days:
        raise RuleError(
            _("A guarantee that is paid by valid days names the days it takes."), field="guarantee.min_days"
        )


def _check_tail(tail: Tail, splits: tuple[Split, ...]) -> None:
    """Tail commission has one exact rate for each scope, which tiers have not."""
    if not 1 <= tail.days <= MOST_TAIL_DAYS:
        raise RuleError(
            _("Tail commission is for 1 to %(most)s days after the end."), field="tail.days", most=MOST_TAIL_DAYS
        )
    if (tail.share is None) == (tail.rate is None):
        raise RuleError(_("Tail commission has either a part of the rates or a rate of its own."), field="tail")
    if tail.rate is not None:
        guards.rate(tail.rate, field="tail.rate")
    if tail.share is None:
        return
    guards.rate(tail.share, field="tail.share")
    mine = [split for split in splits if split.income == SplitRule.Income.COMMISSION]
    if not mine:
        raise RuleError(_("There is no rate on commission that it could be a part of."), field="tail.share")
    for split in mine:
        if split.rate is None:
            raise RuleError(
                _("A rule on commission has tiers, so no one rate: give the tail commission a rate of its own."),
                field="tail.share",
            )
        exact = split.rate * tail.share
        if exact != round(exact, 6):
            raise RuleError(
                _("%(share)s of the rate %(rate)s is %(exact)s, which has more than six decimals as a rate."),
                field="tail.share",
                share=_percent(tail.share),
                rate=_percent(split.rate),
                exact=_percent(exact),
            )


def _check_sums(terms: Terms) -> None:
    """Refuse shares and overrides above 100 % of the pool, on any day and at any rate a rule may give.

    With r the anchor's rate and o the override's: on the agency's share it costs (1 − r)·o of the pool, on the
    anchor's r·o, on the pool o. Those the anchor bears must fit into r. All is linear in r, so looking at
    every rate of every rule covers what lies between, too.
    """
    days: set[date] = {override.starts_on for override in terms.overrides}
    for index, split in enumerate(terms.splits):
        overrides = [override for override in terms.overrides if override.income == split.income]
        for rate in set(split.rates()):
            for day in days:
                _check_sum(rate, [override for override in overrides if override.holds_on(day)], day, index)


def _check_sum(rate: Decimal, overrides: list[OverrideTerms], day: date, index: int) -> None:
    costs = {
        Override.Basis.AGENCY_SHARE: 1 - rate,
        Override.Basis.ANCHOR_SHARE: rate,
        Override.Basis.POOL: Decimal(1),
    }
    borne: dict[str, Decimal] = {Override.BorneBy.AGENCY: Decimal(0), Override.BorneBy.ANCHOR: Decimal(0)}
    for override in overrides:
        borne[override.borne_by] += costs[Override.Basis(override.basis)] * override.rate
    total = rate + borne[Override.BorneBy.AGENCY]
    if total > 1:
        raise RuleError(
            _(
                "From %(day)s, the rate %(rate)s and the overrides on it come to %(total)s of the pool,"
                " more than 100 %%."
            ),
            field=f"splits[{index}]",
            day=day,
            rate=_percent(rate),
            total=_percent(total),
        )
    if borne[Override.BorneBy.ANCHOR] > rate:
        raise RuleError(
            _(
                "From %(day)s, the overrides that the anchor bears come to %(total)s of the pool,"
                " more than the rate %(rate)s."
            ),
            field=f"splits[{index}]",
            day=day,
            rate=_percent(rate),
            total=_percent(borne[Override.BorneBy.ANCHOR]),
        )


def _percent(rate: Decimal) -> str:
    """With all its places: what is just above a limit must not look equal to it."""
    return f"{decimal_text(rate * 100)} %"
