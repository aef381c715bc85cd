"""Matched events under other rules: the same hosts and contract versions, but versions that say something else.

For trying out terms on a month that is closed. What was recorded of an event stays, apart from its rule.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import polars as pl

from mcn.commissions.calculation.frames import put, read
from mcn.commissions.engine.inputs import Rule
from mcn.commissions.engine.matching import PRODUCT_SCOPES, Roster
from mcn.commissions.matching import rule_choice
from mcn.commissions.roster_tables import NO_SCOPE, Ids, roster_tables

LINE = {"line_id": "line_id", "version_id": "version_id", "rule_id": "rule_id"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Matched events with their new rules; events and pool (fen) of those for which there is none, which are left
    out."""

    matched: pl.DataFrame
    lost_events: int
    lost_pool: int


def choose(matched: pl.DataFrame, before: Roster, after: Roster, ids: Ids, values: dict[str, Any]) -> Chosen:
    """The matched events of `recorded.match_recorded`, made with the roster `before`, under the rules of `after`.

    Rules with the same id stay. The others belong to versions that `after` gives new rules: where these are for the
    same scopes, every rule takes the place of that with its scope; otherwise the most specific one counts for what the
    order line is today (docs/money.md §4.1). An event with a host for whom there is no rule belongs to nobody, as a
    whole. Needs m_follow of `match_recorded`.
    """
    kept = {rule.id for rule in after.rules}
    gone = [rule for rule in before.rules if rule.id not in kept]
    replaced = pl.col("rule_id").is_in([rule.id for rule in gone])
    other = matched.filter(replaced)
    if other.is_empty():
        return Chosen(matched, 0, 0)
    places = _same_places(gone, after)
    direct = other.filter(pl.col("rule_id").is_in(list(places)))
    renamed = direct.with_columns(pl.col("rule_id").replace_strict(places, default=None, return_dtype=pl.Int64))
    sought = other.filter(~pl.col("rule_id").is_in(list(places)))
    found = [matched.filter(~replaced), renamed]
    if not sought.is_empty():
        found.append(_sought(sought, gone, after, ids, values))
    return _without_the_lost(pl.concat(found))


def _by_version(rules: list[Rule]) -> dict[int, dict[tuple[str, str], int]]:
    """The commission rules of each version by scope; of equal ones the first."""
    found: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for rule in sorted(rules, key=lambda r: r.id):
        if rule.income == "commission":
            found[rule.version_id].setdefault((rule.scope, rule.scope_value), rule.id)
    return found


def _same_places(gone: list[Rule], after: Roster) -> dict[int, int]:
    """Old rule → new rule, of the versions that have rules for the same scopes."""
    old, new = _by_version(gone), _by_version(list(after.rules))
    return {
        rule_id: new[version_id][scope]
        for version_id, scopes in old.items()
        if scopes.keys() == new[version_id].keys()
        for scope, rule_id in scopes.items()
    }


def _sought(sought: pl.DataFrame, gone: list[Rule], after: Roster, ids: Ids, values: dict[str, Any]) -> pl.DataFrame:
    """The events with the rule that fits their line, or null."""
    version_of = {rule.id: rule.version_id for rule in gone}
    rows = sought.with_columns(version_id=pl.col("rule_id").replace_strict(version_of, return_dtype=pl.Int64))
    put("w_line", "line_id bigint, version_id bigint", rows.select("line_id", "version_id").unique())
    tables = roster_tables(after, ids)
    tables.add(
        "m_version",  # of all versions, whatever their days
        "version_id bigint, needs_sku bool, rule bigint",
        [
            (version_id, any(scope in PRODUCT_SCOPES for scope, _value in scopes), scopes.get((NO_SCOPE, "")))
            for version_id, scopes in _by_version(list(after.rules)).items()
        ],
    )
    choice = rule_choice(after, tables)
    chosen = read(
        f"""select w_line.line_id, w_line.version_id,
            case when not ({choice.sku_missing}) then {choice.rule} end as rule_id
        from w_line
        join sales_orderline l on l.agency_id = %(agency)s and l.id = w_line.line_id
        left join {tables["m_version"]} on m_version.version_id = w_line.version_id
        {choice.joins}""",
        LINE,
        values | tables.parameters,
    )
    placed = rows.drop("rule_id").join(chosen, on=["line_id", "version_id"], how="left")
    followed = read("select event_id from m_follow", {"event_id": "event_id"}, {})
    any_rule = {rule.version_id: rule.id for rule in after.rules}
    # A clawback on a line of an earlier month goes to whom that month paid, whatever the rules say: it takes back in
    # proportion, and its rule only names the version.
    stand_in = (
        pl.when(pl.col("event_id").is_in(followed["event_id"].implode()))
        .then(pl.col("version_id").replace_strict(any_rule, default=None, return_dtype=pl.Int64))
        .otherwise(None)
    )
    return placed.with_columns(pl.coalesce("rule_id", stand_in).alias("rule_id")).select(sought.columns)


def _without_the_lost(rows: pl.DataFrame) -> Chosen:
    lost = rows.filter(pl.col("rule_id").is_null()).unique("event_id")
    if lost.is_empty():
        return Chosen(rows, 0, 0)
    return Chosen(rows.join(lost, on="event_id", how="anti"), lost.height, int(lost["pool"].cast(pl.Int128).sum()))
