"""The exact rate of every rule in a month, from sums over the matched events (docs/money.md §4, tiers)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from mcn.commissions.calculation.frames import put
from mcn.commissions.calculation.tables import execute
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
    """Sums over the matched events of one rule, weight and kind (0 settled, 1 supplement, 2 clawback). `first` are
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


def sums(matched: pl.DataFrame, version_of: Mapping[int, int]) -> list[Sums]:
    """The sums that metrics, buckets and statements start from; `version_of`: the version of each rule."""

    def whole(amount: pl.Expr) -> pl.Expr:
        return amount.cast(pl.Int128).sum()  # no sum of whole numbers of the database can leave it

    pool = pl.col("pool")
    rows = matched.group_by("rule_id", "weight", "kind", pl.col("position") == 0, "holder_id").agg(
        pl.len(),
        whole(pl.col("base")),
        whole(pool),
        whole(pool.cast(pl.Int128).abs()).alias("turnover"),
        whole(pl.col("holder")),
    )
    return [Sums(version_of[rule_id], rule_id, *rest) for rule_id, *rest in rows.iter_rows()]


def parts(found: list[Sums]) -> list[Part]:
    """The sums by rule and weight, clawbacks apart."""
    added: dict[tuple[int, int, int, bool], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in found:
        total = added[one.version_id, one.rule_id, one.weight, one.kind == 2]
        for place, value in enumerate((one.count, one.base, one.pool, one.turnover)):
            total[place] += value
    return [Part(*key, *total) for key, total in added.items()]


def rates(
    rules: tuple[Rule, ...], found: list[Part], matched: pl.DataFrame, values: dict[str, object]
) -> dict[int, RateOf]:
    """The rate of every rule by its id."""
    base: dict[int, Fraction] = defaultdict(Fraction)
    pool: dict[int, Fraction] = defaultdict(Fraction)
    for part in found:
        base[part.version_id] += part.base * part.weight * PER_WEIGHT
        pool[part.version_id] += part.pool * part.weight * PER_WEIGHT
    by_orders = {rule.version_id for rule in rules if rule.tiers and rule.tiers.metric == "orders"}
    version_of = {rule.id: rule.version_id for rule in rules if rule.version_id in by_orders}
    orders = _orders(matched, version_of, values) if version_of else {}
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


def _orders(matched: pl.DataFrame, version_of: Mapping[int, int], values: dict[str, object]) -> dict[int, Fraction]:
    """Distinct orders of each version, however many hosts or lines they have."""
    lines = matched.filter(pl.col("rule_id").is_in(list(version_of))).select(
        pl.col("rule_id").replace_strict(version_of, return_dtype=pl.Int64).alias("version_id"), "line_id"
    )
    put("c_ordered", "version_id bigint, line_id bigint", lines.unique())
    rows = execute(
        """select version_id, count(*) from (
            select distinct c.version_id, l.platform, l.order_key
            from c_ordered c join sales_orderline l on l.agency_id = %(agency)s and l.id = c.line_id) x
        group by 1""",
        values,
    )
    return {version_id: Fraction(count) for version_id, count in rows}


@dataclass(frozen=True, slots=True)
class Lines:
    """Distinct order lines, of each payee by its id and of the whole month."""

    by_payee: dict[int, int]
    month: int


def lines(matched: pl.DataFrame, payee_of: Mapping[int, int]) -> Lines:
    """Count the lines; `payee_of`: the payee of each rule."""
    payees = pl.col("rule_id").replace_strict(payee_of, return_dtype=pl.Int64)
    counted = matched.group_by(payees.alias("payee")).agg(pl.col("line_id").n_unique())
    return Lines(dict(counted.iter_rows()), matched["line_id"].n_unique())


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
