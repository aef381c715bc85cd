"""The exact rate of every rule in a month, from sums over the matched events (docs/money.md §4, tiers)."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from mcn.commissions.calculation.tables import execute, select_into
from mcn.commissions.engine.inputs import Rule
from mcn.commissions.engine.tiers import tier_rate

WHOLE_WEIGHT = 1_000_000
PER_WEIGHT = Fraction(1, WHOLE_WEIGHT)


@dataclass(frozen=True, slots=True)
class RateOf:
    """A rule's rate in the month, and the metric that gave it where it has tiers."""

    rate: Fraction
    metric: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Sums over the events that one rule pays at one weight; amounts unweighted, fen. `clawback` apart."""

    version_id: int
    rule_id: int
    weight: int
    clawback: bool
    count: int
    base: int
    pool: int
    turnover: int  # Σ |pool|: a bound for every running sum


def parts() -> list[Part]:
    """The sums of m_match that metrics, buckets and statements start from."""
    return [
        Part(*row)
        for row in execute(
            """select version_id, rule_id, weight, kind = 2, count(*), sum(base)::bigint, sum(pool)::bigint,
                sum(abs(pool))::bigint
            from m_match group by 1, 2, 3, 4 order by 1, 2, 3, 4"""
        )
    ]


def rates(rules: tuple[Rule, ...], found: list[Part], values: dict[str, object]) -> dict[int, RateOf]:
    """The rate of every rule by its id."""
    base: dict[int, Fraction] = defaultdict(Fraction)
    pool: dict[int, Fraction] = defaultdict(Fraction)
    for part in found:
        base[part.version_id] += part.base * part.weight * PER_WEIGHT
        pool[part.version_id] += part.pool * part.weight * PER_WEIGHT
    by_orders = {rule.version_id for rule in rules if rule.tiers and rule.tiers.metric == "orders"}
    orders = _orders(sorted(by_orders & base.keys()), values)
    result = {}
    for rule in rules:
        if rule.tiers is None:
            assert rule.rate is not None
            result[rule.id] = RateOf(rule.rate)
            continue
        metric = {"net_gmv": base, "net_commission": pool, "orders": orders}[rule.tiers.metric].get(
            rule.version_id, Fraction(0)
        )
        result[rule.id] = RateOf(tier_rate(rule.tiers, metric), metric)
    return result


def _orders(version_ids: list[int], values: dict[str, object]) -> dict[int, Fraction]:
    """Distinct orders of each version, however many hosts or lines they have."""
    if not version_ids:
        return {}
    rows = execute(
        """select version_id, count(*) from (
            select distinct m.version_id, l.platform, l.order_key
            from m_match m join sales_orderline l on l.agency_id = %(agency)s and l.id = m.line_id
            where m.version_id = any(%(versions)s)) x
        group by 1""",
        {**values, "versions": version_ids},
    )
    return {version_id: Fraction(count) for version_id, count in rows}


def lines_by_anchor() -> dict[int, int]:
    """Distinct order lines of each anchor, by the anchor's id."""
    select_into("c_repeated", "select line_id from m_match where position = 0 group by line_id having count(*) > 1")
    rows = execute(
        """select anchor_id, sum(lines)::bigint from (
            select anchor_id, count(*) as lines from m_match m
            where not exists (select from c_repeated r where r.line_id = m.line_id) group by 1
            union all
            select anchor_id, count(distinct m.line_id) from m_match m join c_repeated using (line_id) group by 1
        ) x group by 1"""
    )
    return dict(rows)
