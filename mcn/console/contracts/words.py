"""The terms of a contract version in words, and what changes from one version to the next."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from mcn.anchors.models import ContractVersion
from mcn.commissions.models import Override, SplitRule
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Tail, Terms, Tiers
from mcn.core import formats
from mcn.core.platforms import Platform


@dataclass(frozen=True)
class Clause:
    """One thing a version says. Clauses of two versions with the same `key` speak of the same thing."""

    key: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """A clause that is new, gone or different. `kind` is added, removed or changed."""

    kind: str
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def clauses_of(terms: Terms) -> list[Clause]:
    """Everything the terms say, in the order of the contract."""
    seen: Counter[str] = Counter()
    found = [*(_split(split) for split in terms.splits), *(_override(row) for row in terms.overrides)]
    clauses = []
    for clause in found:
        # Two overrides for one payee on the same base are two clauses.
        seen[clause.key] += 1
        clauses.append(Clause(f"{clause.key} {seen[clause.key]}", clause.title, clause.lines))
    clauses += [_guarantee(terms.guarantee), _clawback(terms.clawback_window_days), _tax(terms.net_of_tax)]
    return [*clauses, _tail(terms.tail)]


def changes(before: Terms | None, after: Terms) -> list[Change]:
    """What differs between two versions, in the order of the new one, what is gone last."""
    old = {clause.key: clause for clause in clauses_of(before)} if before is not None else {}
    new = {clause.key: clause for clause in clauses_of(after)}
    found = []
    for key, clause in new.items():
        if key not in old:
            found.append(Change("added", clause.title, (), clause.lines))
        elif old[key].lines != clause.lines:
            found.append(Change("changed", clause.title, old[key].lines, clause.lines))
    found += [Change("removed", clause.title, clause.lines, ()) for key, clause in old.items() if key not in new]
    return found


def scope_name(split: Split) -> str:
    """What a rule covers: `SKU S001 Face cream`, `Category food`, `Everything else`."""
    label = str(SplitRule.Scope(split.scope).label)
    if split.scope == SplitRule.Scope.NONE:
        return label
    target = Platform(str(split.target)).label if split.scope == SplitRule.Scope.PLATFORM else split.target
    return f"{label} {target}"


def _split(split: Split) -> Clause:
    income = SplitRule.Income(split.income).label
    target = getattr(split.target, "pk", split.target)
    lines = (formats.percent(split.rate),) if split.tiers is None else tuple(_tiers(split.tiers))
    return Clause(f"split {split.income} {split.scope} {target}", f"{income} · {scope_name(split)}", lines)


def _tiers(tiers: Tiers) -> Iterator[str]:
    yield _("By %(metric)s of the month") % {"metric": SplitRule.Metric(tiers.metric).label}
    yield str(SplitRule.Mode(tiers.mode).label)
    lower = ""
    for step in tiers.steps:
        rate = formats.percent(step.rate)
        if step.up_to is not None:
            lower = bound(tiers.metric, step.up_to)
            yield _("up to %(bound)s: %(rate)s") % {"bound": lower, "rate": rate}
        elif lower:
            yield _("above %(bound)s: %(rate)s") % {"bound": lower, "rate": rate}
        else:
            yield _("always: %(rate)s") % {"rate": rate}


def bound(metric: str, up_to: int) -> str:
    """A step's bound: an amount, or a count of orders."""
    return f"{up_to:,}" if metric == SplitRule.Metric.ORDERS else formats.money(up_to)


def _override(row: OverrideTerms) -> Clause:
    lines = [
        _("%(rate)s on: %(basis)s (%(income)s)")
        % {
            "rate": formats.percent(row.rate),
            "basis": Override.Basis(row.basis).label,
            "income": SplitRule.Income(row.income).label,
        },
        _("For orders paid from %(start)s until %(until)s (exclusive)") % {"start": row.starts_on, "until": row.ends_on}
        if row.ends_on
        else _("For orders paid from %(start)s") % {"start": row.starts_on},
        _("Borne by: %(who)s") % {"who": Override.BorneBy(row.borne_by).label},
    ]
    title = _("Override for %(payee)s") % {"payee": row.payee}
    return Clause(f"override {row.payee.pk} {row.income} {row.basis}", title, tuple(lines))


def _guarantee(guarantee: Guarantee | None) -> Clause:
    if guarantee is None:
        return Clause("guarantee", _("Guarantee"), (_("None"),))
    lines = [_("%(amount)s a month") % {"amount": formats.money(guarantee.amount_fen)}]
    if guarantee.min_days is not None:
        lines.append(_("Needs %(days)s valid days") % {"days": guarantee.min_days})
    if guarantee.min_hours is not None:
        lines.append(_("Needs %(hours)s valid hours") % {"hours": f"{guarantee.min_hours.normalize():f}"})
    if guarantee.min_days is not None or guarantee.min_hours is not None:
        lines.append(_("When short: %(what)s") % {"what": ContractVersion.WhenShort(guarantee.when_short).label})
    lines.append(_("Tested: %(when)s") % {"when": ContractVersion.Tested(guarantee.tested).label})
    if guarantee.repay_months is not None:
        text = _("If the contract ends early, %(rate)s of the top-ups of the last %(n)s months is repaid")
        lines.append(text % {"rate": formats.percent(guarantee.repay_rate), "n": guarantee.repay_months})
    return Clause("guarantee", _("Guarantee"), tuple(lines))


def _clawback(days: int | None) -> Clause:
    text = (
        _("Taken back whenever the order comes back")
        if days is None
        else _("Taken back up to %(days)s days after settlement; later ones stay with the agency") % {"days": days}
    )
    return Clause("clawback", _("Returned orders"), (text,))


def _tax(net: bool) -> Clause:
    text = (
        _("Pay is agreed after tax: the agency pays the tax on top")
        if net
        else _("Pay is agreed before tax: tax is taken from it")
    )
    return Clause("tax", _("Tax"), (text,))


def _tail(tail: Tail | None) -> Clause:
    if tail is None:
        return Clause("tail", _("Tail commission"), (_("None"),))
    days = _("For orders paid in the %(days)s days after the contract's end") % {"days": tail.days}
    paid = (
        _("All commission at %(rate)s") % {"rate": formats.percent(tail.rate)}
        if tail.share is None
        else _("Commission at %(share)s of the rates") % {"share": formats.percent(tail.share)}
    )
    return Clause("tail", _("Tail commission"), (days, paid))
