"""The exact rate of every rule in a month, from sums over the matched events (docs/money.md §4, tiers)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from fractions import Fraction

from mcn.commissions.calculation.tables import Constants, execute, select_into
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


USUAL = "kind = 0 and position = 0"  # settled, for its first host: one row a line


def lines_by_payee(payee_of: dict[int, int]) -> dict[int, int]:
    """Distinct order lines of each payee, by its id; `payee_of` an anchor.

    Nearly all rows are usual and are counted; c_other has the lines that other rows are of, and is taken apart.
    """
    payees = Constants()
    payees.add("payees", "anchor_id bigint, payee_id bigint", payee_of.items())
    select_into(
        "c_other",
        f"""select distinct payee_id, line_id from m_match join {payees["payees"]} using (anchor_id)
        where not ({USUAL})""",
        payees.parameters,
    )
    found: Counter[int] = Counter()
    for anchor_id, count in execute(f"select anchor_id, count(*) from m_match where {USUAL} group by 1"):
        found[payee_of[anchor_id]] += count
    for payee_id, count in execute("select payee_id, count(*) from c_other group by 1"):
        found[payee_id] += count
    for payee_id, count in execute(
        f"""select o.payee_id, count(*)
        from c_other o join m_match m using (line_id) join {payees["payees"]} using (anchor_id)
        where {USUAL} and o.payee_id = payees.payee_id group by 1""",
        payees.parameters,
    ):
        found[payee_id] -= count
    return dict(found)


def month_sums() -> tuple[int, int, int, int]:
    """Events, distinct lines, pool and base (fen) of the month, after `lines_by_payee`."""
    (sums,) = execute(
        f"""select count(*), count(*) filter (where {USUAL})
            + (select count(distinct line_id) from c_other)
            - (select count(*) from m_match where {USUAL} and line_id in (select line_id from c_other)),
            coalesce(sum(pool), 0)::bigint, coalesce(sum(base), 0)::bigint
        from m_match where position = 0"""
    )
    return sums
