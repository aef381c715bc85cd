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


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the rows of m_match of one rule, weight and kind (0 settled, 1 supplement, 2 clawback). `first` are
    the rows of an event's first host, of which every event has one. `holder_id`: the payee whom the platform paid
    `holder` of the events' money itself, None where it pays nobody."""

    version_id: int
    rule_id: int
    weight: int
    kind: int
    first: bool
    holder_id: int | None
    count: int
    base: int
    pool: int
    turnover: int
    holder: int

    @property
    def usual(self) -> bool:
        """Whether the rows are USUAL."""
        return self.kind == 0 and self.first


def sums() -> list[Sums]:
    """The one look at all of m_match that metrics, buckets and statements start from."""
    return [
        Sums(*row)
        for row in execute(
            """select version_id, rule_id, weight, kind, position = 0, holder_id, count(*), sum(base)::bigint,
                sum(pool)::bigint, sum(abs(pool))::bigint, sum(holder)::bigint
            from m_match group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6"""
        )
    ]


def parts(found: list[Sums]) -> list[Part]:
    """The sums by rule and weight, clawbacks apart."""
    added: dict[tuple[int, int, int, bool], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in found:
        total = added[one.version_id, one.rule_id, one.weight, one.kind == 2]
        for place, value in enumerate((one.count, one.base, one.pool, one.turnover)):
            total[place] += value
    return [Part(*key, *total) for key, total in added.items()]


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


def look_closer() -> None:
    """Make m_near: the rows of m_match of those few lines that have a row that is not usual."""
    select_into("m_near", f"select * from m_match where line_id in (select line_id from m_match where not ({USUAL}))")


@dataclass(frozen=True, slots=True)
class Lines:
    """Distinct order lines, of each payee by its id and of the whole month."""

    by_payee: dict[int, int]
    month: int


def lines(found: list[Sums], payee_of_version: dict[int, int], payee_of_anchor: dict[int, int]) -> Lines:
    """Count the lines. Nearly all rows are usual and known by their sums; c_other has the lines that other rows of
    `m_near` are of, and c_again those of them that a usual row is of too.
    """
    payees = Constants()
    payees.add("payees", "anchor_id bigint, payee_id bigint", payee_of_anchor.items())
    select_into(
        "c_other",
        f"""select distinct payee_id, line_id from m_near join {payees["payees"]} using (anchor_id)
        where not ({USUAL})""",
        payees.parameters,
    )
    select_into(
        "c_again",
        f"""select m.line_id, o.payee_id, payees.payee_id as usual_payee
        from c_other o join m_near m using (line_id) join {payees["payees"]} using (anchor_id) where {USUAL}""",
        payees.parameters,
    )
    by_payee = Counter[int]()
    for one in found:
        if one.usual:
            by_payee[payee_of_version[one.version_id]] += one.count
    by_payee.update(dict(execute("select payee_id, count(*) from c_other group by 1")))
    by_payee.subtract(dict(execute("select payee_id, count(*) from c_again where payee_id = usual_payee group by 1")))
    ((others, again),) = execute(
        """select (select count(distinct line_id) from c_other), (select count(distinct line_id) from c_again)"""
    )
    return Lines(dict(by_payee), sum(one.count for one in found if one.usual) + others - again)


@dataclass(frozen=True, slots=True)
class MonthSums:
    """Events, distinct lines, pool and base (fen) of the month."""

    events: int
    lines: int
    pool: int
    base: int


def month(found: list[Sums], distinct_lines: int) -> MonthSums:
    """The month's sums: every event once, by its first host."""
    first = [one for one in found if one.first]
    return MonthSums(
        sum(s.count for s in first), distinct_lines, sum(s.pool for s in first), sum(s.base for s in first)
    )
