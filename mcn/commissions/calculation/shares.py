"""Shares of a month: buckets with cumulative rounding, overrides, other income (docs/money.md §4).

Events and overrides are shared in column frames, beside the database (docs/adr). Results, in temporary tables:
c_bucket; c_block, all shares by bucket, packed as they are written; c_sum, their sums; c_entry and, from `clawbacks`,
c_back. Buckets have numbers of their own here; rows get ids only when they are written.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from mcn.commissions.calculation import clawbacks, cumulative, overrides, packing
from mcn.commissions.calculation.cumulative import Rate
from mcn.commissions.calculation.overrides import Third
from mcn.commissions.calculation.rates import (
    WHOLE_WEIGHT,
    Lines,
    MonthSums,
    Part,
    RateOf,
    Sums,
    lines,
    month,
    parts,
    rates,
    sums,
)
from mcn.commissions.calculation.tables import execute, fill, select_into
from mcn.commissions.engine.inputs import Entry, EntryMatch, Override
from mcn.commissions.engine.matching import Roster
from mcn.commissions.engine.results import PayeeTotals
from mcn.commissions.engine.shares import INCOME_COLUMNS
from mcn.commissions.matching import CLAWBACK
from mcn.commissions.roster_tables import Ids
from mcn.core.money import R

BUCKET_COLUMNS = (
    "id int, kind text, col text, payee_id bigint, anchor_id bigint, version_id bigint, rule_id bigint,"
    " override_id bigint, weight bigint, n numeric, d numeric, metric numeric, real_id bigint"
)


@dataclass
class Reckoning:
    """One month's calculation on the way."""

    roster: Roster
    ids: Ids
    values: dict[str, Any]
    matched: pl.DataFrame
    entries: tuple[Entry, ...]
    entry_matches: tuple[EntryMatch, ...]
    sums: list[Sums] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    rates: dict[int, RateOf] = field(default_factory=dict)
    buckets: list[tuple[Any, ...]] = field(default_factory=list)
    # rule, weight and rate of the buckets of events; sums by bucket of what frames share: lines, amounts, shares
    pools: dict[int, tuple[int, int, Rate]] = field(default_factory=dict)
    reckoned: list[tuple[int, int, int | Decimal, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rules = {rule.id: rule for rule in self.roster.rules}
        self.versions = {version.id: version for version in self.roster.versions}
        self.payee_of = {anchor.code: anchor.payee for anchor in self.roster.anchors}
        self.version_of = {rule.id: rule.version_id for rule in self.roster.rules}

    def run(self, *, recorded: bool = False) -> tuple[MonthSums, tuple[PayeeTotals, ...]]:
        """Reckon all shares; the month's sums, and the totals of every payee who took part.

        `recorded`: see `clawbacks`.
        """
        self.sums = sums(self.matched, self.version_of)
        self.parts = parts(self.sums)
        self.rates = rates(self.roster.rules, self.parts, self.matched, self.values)
        numbers = self._share_buckets()
        entry_rows = self._entries(numbers)
        thirds = self._override_buckets()
        fill("c_bucket", BUCKET_COLUMNS, self.buckets)
        columns = "place bigint, entry_id bigint, bucket int, amount bigint, share bigint"
        fill("c_entry", columns, [(place, *row) for place, row in enumerate(entry_rows)])
        shared = self._shares()
        over = overrides.reckon(thirds, shared, self.values)
        shared = overrides.less_borne(shared, over)
        self.reckoned += overrides.sums(over, thirds)
        clawbacks.reckon(self, shared, over, recorded=recorded)
        packing.pack([shared, over])
        fill("c_reckoned", "bucket int, lines bigint, base numeric, share bigint", self.reckoned)
        select_into("c_sum", SUMS)
        counted = self._lines()
        return month(self.sums, counted.month), self._totals(counted.by_payee)

    def q(self, rule_id: int, weight: int) -> Fraction:
        """Exact rate × weight of a rule."""
        return self.rates[rule_id].rate * weight / WHOLE_WEIGHT

    def metric(self, rule_id: int) -> str | None:
        """The tier metric that gave the rule its rate, as exact decimal text: weights have six places."""
        metric = self.rates[rule_id].metric
        return None if metric is None else str(Fraction(metric * WHOLE_WEIGHT).numerator) + "e-6"

    def _bucket(self, kind: str, column: str, payee: str, anchor: str | None, q: Fraction, **rest: Any) -> int:
        number = len(self.buckets) + 1
        self.buckets.append(
            (
                number,
                kind,
                column,
                self.ids.payees[payee],
                self.ids.anchors[anchor] if anchor else None,
                rest.get("version_id"),
                rest.get("rule_id"),
                rest.get("override_id"),
                rest.get("weight", WHOLE_WEIGHT),
                q.numerator,
                q.denominator,
                rest.get("metric"),
                None,
            )
        )
        return number

    def _rule_bucket(self, rule_id: int, weight: int, column: str) -> int:
        rule = self.rules[rule_id]
        q = self.q(rule_id, weight)
        anchor = self.versions[rule.version_id].anchor
        return self._bucket(
            "share",
            column,
            self.payee_of[anchor],
            anchor,
            q,
            version_id=rule.version_id,
            rule_id=rule_id,
            weight=weight,
            metric=self.metric(rule_id),
        )

    def _share_buckets(self) -> dict[tuple[int, int], tuple[int, int]]:
        """One bucket per rule and weight; its number and the sum of its pools.

        `reckoned` gets the sums of the events' shares. Cumulative rounding comes to R(sum of pools × q).
        """
        numbers = {}
        for part in sorted((p for p in self.parts if not p.clawback), key=lambda part: (part.rule_id, part.weight)):
            key = part.rule_id, part.weight
            number = self._rule_bucket(*key, "commission_share")
            q = self.q(*key)
            numbers[key] = number, part.pool
            self.pools[number] = (*key, Rate(q.numerator, q.denominator, part.turnover))
            self.reckoned.append((number, part.count, part.pool, R(part.pool * q)))
        return numbers

    def _shares(self) -> pl.DataFrame:
        """The anchors' shares of settled and supplement events, in the order of their buckets."""
        table = pl.DataFrame(
            [(number, rule, self.version_of[rule], weight) for number, (rule, weight, _rate) in self.pools.items()],
            schema={"bucket": pl.Int32, "rule_id": pl.Int64, "version_id": pl.Int64, "weight": pl.Int64},
            orient="row",
        )
        settled = self.matched.filter(pl.col("kind") != CLAWBACK).drop("kind", "base", "holder")
        bucketed = settled.join(table, on=["rule_id", "weight"]).drop("rule_id")
        ordered = cumulative.in_order(bucketed, self.values)
        rates = {number: rate for number, (_rule_id, _weight, rate) in self.pools.items()}
        return ordered.with_columns(cumulative.shares(ordered, "pool", rates)).with_row_index("place")

    def _entries(self, numbers: dict[tuple[int, int], tuple[int, int]]) -> list[tuple[int, int, int, int]]:
        """Typed income and shared costs, one by one: they are few. Costs stand last in the commission bucket."""
        matches = {match.entry_id: match for match in self.entry_matches}
        whole: dict[str, int] = {}
        rows = []
        for entry in sorted(self.entries, key=lambda e: (e.on, e.code, e.id)):
            match = matches[entry.id]
            if match.reason is not None or entry.income == "penalty":
                continue
            column = INCOME_COLUMNS[entry.income]
            if match.rule_id is None:
                if entry.payee not in whole:
                    whole[entry.payee] = self._bucket("whole", column, entry.payee, entry.anchor, Fraction(1))
                rows.append((entry.id, whole[entry.payee], entry.amount, entry.amount))
                continue
            key = (match.rule_id, WHOLE_WEIGHT)
            if key not in numbers:
                numbers[key] = (self._rule_bucket(*key, column), 0)
            number, before = numbers[key]
            after = before + entry.amount
            q = self.q(*key)
            rows.append((entry.id, number, entry.amount, R(after * q) - R(before * q)))
            numbers[key] = (number, after)
        return rows

    def _override_buckets(self) -> list[Third]:
        """The overrides of versions that settled something. Bases are counted in parts of a fen (`scale`) only where
        weights make parts of a fen."""
        turnover: dict[int, int] = defaultdict(int)
        scales: dict[int, int] = {}
        for part in self.parts:
            if not part.clawback:
                turnover[part.version_id] += part.turnover + part.count
                single = part.weight == WHOLE_WEIGHT and scales.get(part.version_id, 1) == 1
                scales[part.version_id] = 1 if single else WHOLE_WEIGHT
        return [
            Third(self._override_bucket(override), override, scales[override.version_id], turnover[override.version_id])
            for override in sorted(self.roster.overrides, key=lambda o: o.id)
            if override.version_id in scales
        ]

    def _override_bucket(self, override: Override) -> int:
        return self._bucket(
            "override",
            "override_share",
            override.payee,
            self.versions[override.version_id].anchor,
            override.rate,
            version_id=override.version_id,
            override_id=override.id,
        )

    def _lines(self) -> Lines:
        payee = {code: self.ids.payees[payee] for code, payee in self.payee_of.items()}
        return lines(
            self.matched,
            {rule: payee[self.versions[version].anchor] for rule, version in self.version_of.items()},
        )

    def _totals(self, lines_by_payee: dict[int, int]) -> tuple[PayeeTotals, ...]:
        """Rows 1–4, 6 and 7 of the statements: everyone who took part in anything."""
        base: dict[str, Fraction] = defaultdict(Fraction)
        pool: dict[str, Fraction] = defaultdict(Fraction)
        for part in self.parts:
            payee = self.payee_of[self.versions[part.version_id].anchor]
            base[payee] += Fraction(part.base * part.weight, WHOLE_WEIGHT)
            pool[payee] += Fraction(part.pool * part.weight, WHOLE_WEIGHT)
        codes = {number: code for code, number in self.ids.payees.items()}
        lines_of = {codes[payee_id]: count for payee_id, count in lines_by_payee.items()}
        columns: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for payee_id, column, share in execute(
            """select b.payee_id, b.col, sum(s.share)::bigint
            from c_sum s join c_bucket b on b.id = s.bucket group by 1, 2"""
        ):
            columns[codes[payee_id]][column] += share
        for one in self.sums:
            if one.first and one.holder_id is not None:
                columns[codes[one.holder_id]]["paid_by_platform"] -= one.holder
        for entry in self.entries:
            if entry.income == "penalty":
                columns[entry.payee]["penalties"] -= entry.amount
        return tuple(
            PayeeTotals(
                payee=payee,
                lines=lines_of.get(payee, 0),
                net_gmv=R(base.get(payee, Fraction(0))),
                pool=R(pool.get(payee, Fraction(0))),
                **columns[payee],
            )
            for payee in sorted({*lines_of, *columns, *base})
        )


# c_sum: sums of shares by bucket, what totals and buckets are made of.
SUMS = """
    select bucket, sum(lines)::bigint as lines, sum(base) as base, sum(share)::bigint as share
    from (
        select bucket, lines, base, share from c_reckoned
        union all
        select bucket, count(*), sum(basis), sum(share) from c_back group by 1
        union all
        select bucket, count(*), sum(amount)::numeric, sum(share) from c_entry group by 1
    ) x
    group by 1
"""
