"""Shares of a month, set-based: buckets with cumulative rounding, overrides, other income (docs/money.md §4).

Starts from `m_match`. Results: c_bucket, c_share (anchors' shares), c_over (overrides), c_entry and, from
`clawbacks`, c_back; c_sum adds them up by bucket. Buckets have numbers of their own here; rows get ids only when
they are written.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from mcn.commissions.calculation import clawbacks
from mcn.commissions.calculation.rates import (
    WHOLE_WEIGHT,
    Lines,
    MonthSums,
    Part,
    RateOf,
    Sums,
    lines,
    look_closer,
    month,
    parts,
    rates,
    sums,
)
from mcn.commissions.calculation.tables import execute, fill, rounded, running, select_into
from mcn.commissions.engine.inputs import Entry, EntryMatch, Override
from mcn.commissions.engine.matching import Roster
from mcn.commissions.engine.results import PayeeTotals
from mcn.commissions.engine.shares import INCOME_COLUMNS
from mcn.commissions.matching import Ids
from mcn.core.money import R

BIGINT_SAFE = 9 * 10**18  # room below 2^63 for the sums inside `rounded`
BUCKET_THEN_EVENT = "b.id::bigint * 2147483648 + m.seq"  # one number sorts in half the time of two
BUCKET_COLUMNS = (
    "id int, kind text, col text, payee_id bigint, anchor_id bigint, version_id bigint, rule_id bigint,"
    " override_id bigint, weight bigint, n numeric, d numeric, metric numeric, type text, earlier numeric,"
    " real_id bigint"
)


@dataclass
class Reckoning:
    """One month's calculation on the way."""

    roster: Roster
    ids: Ids
    values: dict[str, Any]
    entries: tuple[Entry, ...]
    entry_matches: tuple[EntryMatch, ...]
    sums: list[Sums] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    rates: dict[int, RateOf] = field(default_factory=dict)
    buckets: list[tuple[Any, ...]] = field(default_factory=list)
    turnover: int = 0
    pools: Counter[str] = field(default_factory=Counter)  # of the share buckets so far, by type

    def __post_init__(self) -> None:
        self.rules = {rule.id: rule for rule in self.roster.rules}
        self.versions = {version.id: version for version in self.roster.versions}
        self.payee_of = {anchor.code: anchor.payee for anchor in self.roster.anchors}

    def run(self, *, recorded: bool = False) -> tuple[MonthSums, tuple[PayeeTotals, ...]]:
        """Reckon all shares; the month's sums, and the totals of every payee who took part.

        `recorded`: see `clawbacks`.
        """
        self.sums = sums()
        look_closer()
        self.parts = parts(self.sums)
        self.turnover = sum(part.turnover for part in self.parts)
        self.rates = rates(self.roster.rules, self.parts, self.values)
        numbers = self._share_buckets()
        entry_rows = self._entries(numbers)
        overrides = self._override_buckets()
        fill("c_bucket", BUCKET_COLUMNS, self.buckets)
        columns = "place bigint, entry_id bigint, bucket int, amount bigint, share bigint"
        fill("c_entry", columns, [(place, *row) for place, row in enumerate(entry_rows)])
        self._shares()
        self._overrides(overrides)
        clawbacks.reckon(self, recorded=recorded)
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
                rest.get("type", "bigint"),
                rest.get("earlier", 0),
                None,
            )
        )
        return number

    def _rule_bucket(self, rule_id: int, weight: int, column: str, turnover: int, pool: int = 0) -> int:
        rule = self.rules[rule_id]
        q = self.q(rule_id, weight)
        anchor = self.versions[rule.version_id].anchor
        largest = max(self.turnover, 2 * turnover * q.numerator + 2 * q.denominator)
        kind = "bigint" if largest < BIGINT_SAFE else "numeric"
        earlier = self.pools[kind]
        self.pools[kind] += pool
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
            type=kind,
            earlier=earlier,
        )

    def _share_buckets(self) -> dict[tuple[int, int], tuple[int, int]]:
        """One bucket per rule and weight; its number and the sum of its pools."""
        return {
            (part.rule_id, part.weight): (
                self._rule_bucket(part.rule_id, part.weight, "commission_share", part.turnover, part.pool),
                part.pool,
            )
            for part in self.parts
            if not part.clawback
        }

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
                numbers[key] = (self._rule_bucket(*key, column, abs(entry.amount)), 0)
            number, before = numbers[key]
            after = before + entry.amount
            q = self.q(*key)
            rows.append((entry.id, number, entry.amount, R(after * q) - R(before * q)))
            numbers[key] = (number, after)
        return rows

    def _override_buckets(self) -> list[tuple[Any, ...]]:
        """Rows of c_override: for versions that settled something. Bases are counted in parts of a fen (`scale`)
        only where weights make parts of a fen."""
        turnover: dict[int, int] = defaultdict(int)
        scales: dict[int, int] = {}
        for part in self.parts:
            if not part.clawback:
                turnover[part.version_id] += part.turnover + part.count
                single = part.weight == WHOLE_WEIGHT and scales.get(part.version_id, 1) == 1
                scales[part.version_id] = 1 if single else WHOLE_WEIGHT
        rows = []
        for override in sorted(self.roster.overrides, key=lambda o: o.id):
            if override.version_id not in scales:
                continue
            scale = scales[override.version_id]
            n, d = override.rate.numerator, override.rate.denominator
            safe = 2 * turnover[override.version_id] * scale * max(n, 1) + 2 * d * scale < BIGINT_SAFE
            rows.append(self._override_row(override, scale, "bigint" if safe else "numeric"))
        return rows

    def _override_row(self, override: Override, scale: int, kind: str) -> tuple[Any, ...]:
        anchor = self.versions[override.version_id].anchor
        number = self._bucket(
            "override",
            "override_share",
            override.payee,
            anchor,
            override.rate,
            version_id=override.version_id,
            override_id=override.id,
        )
        return (
            override.id,
            override.version_id,
            number,
            override.basis,
            override.rate.numerator,
            override.rate.denominator,
            scale,
            override.from_on,
            override.until_on,
            override.borne_by == "anchor",
            kind,
        )

    def _shares(self) -> None:
        """share = R(running sum × q) − R(running sum before × q), in the order of the events.

        One running sum goes through all buckets; less the pools of the buckets before (`earlier`), it is a bucket's.
        """
        kinds = sorted({row[12] for row in self.buckets if row[1] == "share"}) or ["bigint"]
        select_into("c_share", " union all ".join(map(_shares_sql, kinds)), joined_by="event_id, line_id, version_id")

    def _overrides(self, rows: list[tuple[Any, ...]]) -> None:
        """Overrides on the shares, rounded cumulatively in their own buckets; then what anchors bear of them."""
        fill(
            "c_override",
            "override_id bigint, version_id bigint, bucket int, basis text, n bigint, d bigint, scale bigint,"
            " from_on date, until_on date, borne bool, type text",
            rows,
        )
        fill(
            "c_over",
            "seq int, event_id bigint, line_id bigint, bucket int, position int, weight bigint, paid_on date,"
            " holder_id bigint, borne bool, basis numeric, share bigint",
            (),
        )
        for kind in {row[10] for row in rows}:
            part = f"(case scale when 1 then pool::{kind} else weight::{kind} * pool::{kind} end)"
            execute(
                f"""
                insert into c_over
                select seq, event_id, line_id, bucket, position, weight, paid_on, holder_id, borne,
                    basis::numeric / scale,
                    {rounded(kind, "run", "n", f"d::{kind} * scale::{kind}")}
                    - {rounded(kind, "run - basis", "n", f"d::{kind} * scale::{kind}")}
                from (
                    select *,
                        {running(kind, "basis")} over (partition by override_id order by seq rows unbounded preceding)
                            as run
                    from (
                        select s.seq, s.event_id, s.line_id, o.bucket, s.position, s.weight, s.paid_on, s.holder_id,
                            o.borne, o.override_id, o.n, o.d, o.scale,
                            case o.basis
                                when 'pool' then {part}
                                when 'anchor_share' then s.share::{kind} * o.scale::{kind}
                                else {part} - s.share::{kind} * o.scale::{kind}
                            end as basis
                        from c_share s
                        join c_override o on o.version_id = s.version_id
                            and (o.from_on is null or o.from_on <= s.paid_on)
                            and (o.until_on is null or s.paid_on < o.until_on) and s.paid_on is not null
                        where o.type = %(kind)s
                    ) x
                ) y""",
                {"kind": kind},
            )
        if any(row[9] for row in rows):
            execute(
                """update c_share s set share = s.share - o.share
                from (select event_id, position, sum(share)::bigint as share from c_over where borne group by 1, 2) o
                where o.event_id = s.event_id and o.position = s.position"""
            )

    def _lines(self) -> Lines:
        payee = {code: self.ids.payees[payee] for code, payee in self.payee_of.items()}
        of_version = {version.id: payee[version.anchor] for version in self.roster.versions}
        of_anchor = {number: payee[code] for code, number in self.ids.anchors.items()}
        return lines(self.sums, of_version, of_anchor)

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


def _shares_sql(kind: str) -> str:
    """Shares of the buckets whose sums fit the type `kind` (bigint or numeric)."""
    return f"""
        select seq, event_id, line_id, bucket, version_id, position, weight, pool, paid_on, holder_id,
            {rounded(kind, "run", "n", "d")} - {rounded(kind, "run - pool", "n", "d")} as share
        from (
            select m.seq, m.event_id, m.line_id, m.version_id, m.position, m.weight, m.pool, m.paid_on, m.holder_id,
                b.id as bucket, b.n::{kind} as n, b.d::{kind} as d,
                ({running(kind, "m.pool")} over (order by {BUCKET_THEN_EVENT} rows unbounded preceding))
                    - b.earlier::{kind} as run
            from m_match m
            join c_bucket b on b.rule_id = m.rule_id and b.weight = m.weight and b.kind = 'share'
            where m.kind <> 2 and b.type = '{kind}'
        ) x"""


# c_sum: sums of shares by bucket, what totals and buckets are made of.
SUMS = """
    select bucket, sum(lines)::bigint as lines, sum(base) as base, sum(share)::bigint as share
    from (
        select bucket, count(*) as lines, sum(pool)::numeric as base, sum(share) as share from c_share group by 1
        union all
        select bucket, count(*), sum(basis), sum(share) from c_over group by 1
        union all
        select bucket, count(*), sum(basis), sum(share) from c_back group by 1
        union all
        select bucket, count(*), sum(amount)::numeric, sum(share) from c_entry group by 1
    ) x
    group by 1
"""
