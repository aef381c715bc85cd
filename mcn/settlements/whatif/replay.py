"""Reckon a month again with something else in place of what was in force, and compare (docs/money.md §12).

A closed month's own events and frozen inputs, as `verify` takes them, or those of an open month's calculation; all work
is in temporary tables of a transaction that is rolled back.
"""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.commissions import recorded
from mcn.commissions.calculation.rates import WHOLE_WEIGHT
from mcn.commissions.calculation.tables import execute, tune
from mcn.commissions.engine.codec import CodecError
from mcn.commissions.engine.matching import Matcher, Roster
from mcn.commissions.engine.tiers import step_at
from mcn.commissions.matching import parameters
from mcn.commissions.other_rules import Chosen, choose
from mcn.core.errors import Conflict
from mcn.settlements.inputs import Inputs, load, mark
from mcn.settlements.models import Period, Statement
from mcn.settlements.services.calculation import Reckoned, share_and_settle
from mcn.settlements.whatif.scenario import Scenario

# What is compared of a statement, fen; the order is that of the kept result.
COLUMNS = ("earned", "guarantee_top_up", "tax", "advance_recouped", "net_pay", "tax_borne")
RECORDED_RATES = """
    select distinct rule_id, rate_numerator, rate_denominator, (weight * 1000000)::bigint, metric
    from commissions_bucket
    where agency_id = %(agency)s and period = %(period)s and kind = 'share' and "column" = 'commission_share'
"""
REPLAYED_RATES = """
    select distinct rule_id, n, d, weight, metric from c_bucket where kind = 'share' and col = 'commission_share'
"""

Rates = dict[tuple[int, str, str], list[Any]]


def replay(code: str, scenario: Scenario) -> dict[str, Any]:
    """A month (YYYY-MM) that was calculated, before and after; nothing is written. As JSON, amounts in fen:

    `pool`: shared out, [before, after]; `sums`: COLUMNS over all payees, [before, after]; `lost`: events and pool that
    would belong to nobody; `payees`: those whom the scenario concerns or changes, each with `columns` [before, after]
    and `rates`, by scope [contract, version, scope, value, before, after], where a side is [rate, step, steps] of the
    month or null.

    Raises Conflict where the frozen inputs cannot be read or an open month is no longer what was calculated, and
    RuleError as `Scenario.in_place` does.
    """
    with transaction.atomic():
        tune()
        row = Period.objects.get(code=code)
        inputs = _inputs(row)
        changed = scenario.in_place(_without_leftovers(inputs))
        values = parameters(inputs.considered, inputs.roster)
        rates_before = _rates(RECORDED_RATES, inputs.roster, values)
        chosen = choose(recorded.match_recorded(values), inputs.roster, changed.roster, changed.ids, values)
        found = share_and_settle(changed, chosen.matched, recorded=True)
        rates = rates_before, _rates(REPLAYED_RATES, changed.roster, values)
        statements = list(Statement.objects.filter(period=row))
        result = _compared(row, statements, found, chosen, _of_payees(changed, rates), _payees(inputs, scenario))
        transaction.set_rollback(True)
    return result


def _inputs(row: Period) -> Inputs:
    """What the month was calculated with: frozen where it is closed, else what still is as it was then."""
    if row.state == Period.State.CLOSED:
        try:
            return Inputs.read(row.inputs)
        except CodecError as error:
            raise Conflict(_("The frozen inputs of %(period)s cannot be read."), period=row.code) from error
    inputs = load(row.code)
    if row.calculated_at is None or mark(inputs) != row.input_mark:
        raise Conflict(_("%(period)s has to be calculated again first: data changed."), period=row.code)
    return inputs


def _without_leftovers(inputs: Inputs) -> Inputs:
    """An entry that was nobody's when the month closed was settled by a later one, and must not be twice."""
    matcher = Matcher(inputs.roster)
    return replace(inputs, entries=tuple(e for e in inputs.entries if matcher.entry(e).reason is None))


def _payees(inputs: Inputs, scenario: Scenario) -> set[str]:
    anchors = scenario.concerns(inputs)
    return {anchor.payee for anchor in inputs.roster.anchors if anchor.code in anchors}


def _rates(sql: str, roster: Roster, values: dict[str, Any]) -> Rates:
    """The rate that each commission rule had in the month, by version and scope; for tiers the step reached."""
    rules = {rule.id: rule for rule in roster.rules}
    found: Rates = {}
    for rule_id, numerator, denominator, weight, metric in execute(sql, values):
        rule = rules[rule_id]
        rate = Fraction(int(numerator), int(denominator)) * WHOLE_WEIGHT / weight
        step = steps = None
        if rule.tiers is not None:
            reached = Fraction(metric or 0)
            step, steps = (step_at(rule.tiers, reached) if reached > 0 else 0) + 1, len(rule.tiers.steps)
        found[rule.version_id, rule.scope, rule.scope_value] = [str(rate), step, steps]
    return found


def _of_payees(inputs: Inputs, rates: tuple[Rates, Rates]) -> dict[str, list[list[Any]]]:
    """The rates of both sides by the payee of the anchor."""
    before, after = rates
    payee_of = {anchor.code: anchor.payee for anchor in inputs.roster.anchors}
    versions = {version.id: version for version in inputs.roster.versions}
    found: dict[str, list[list[Any]]] = {}
    for key in sorted(before.keys() | after.keys()):
        version_id, scope, value = key
        version = versions[version_id]
        told = [version.number, version.version, scope, value, before.get(key), after.get(key)]
        found.setdefault(payee_of[version.anchor], []).append(told)
    return found


def _compared(
    row: Period,
    statements: Iterable[Statement],
    found: Reckoned,
    chosen: Chosen,
    rates: dict[str, list[list[Any]]],
    concerned: set[str],
) -> dict[str, Any]:
    before = {s.code: (s.name, [getattr(s, f"{column}_fen") for column in COLUMNS]) for s in statements}
    after = {s.payee: (s.name, [getattr(s, column) for column in COLUMNS]) for s in found.statements}
    nothing = "", [0] * len(COLUMNS)
    payees = []
    for code in sorted(before.keys() | after.keys()):
        (old_name, old), (new_name, new) = before.get(code, nothing), after.get(code, nothing)
        if old != new or code in concerned:
            payees.append(
                {"code": code, "name": old_name or new_name, "columns": [old, new], "rates": rates.get(code, [])}
            )
    return {
        "period": row.code,
        "pool": [row.totals["pool"], found.month.pool + _entries()],
        "sums": [_sums(old for _name, old in before.values()), _sums(new for _name, new in after.values())],
        "lost": {"events": chosen.lost_events, "pool": chosen.lost_pool},
        "payees": payees,
    }


def _entries() -> int:
    """What the replayed month shared out of entries, fen."""
    return int(execute("select coalesce(sum(amount), 0)::bigint from c_entry")[0][0])


def _sums(rows: Iterable[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * len(COLUMNS)
