"""Shares of a month, set-based: buckets with cumulative rounding, overrides, other income (docs/money.md §4).

Starts from `m_match`. Results: c_bucket, c_share (anchors' shares, a view), c_over (overrides), c_entry and, from
`clawbacks`, c_back; c_sum adds them up by bucket. Buckets have numbers of their own here; rows get ids only when
they are written.
"""

from collections import defaultdict
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
from mcn.commissions.matching import EVENT_ORDER, Ids
from mcn.core.money import R

BIGINT_SAFE = 9 * 10**18  # room below 2^63 for the sums inside `rounded`
BUCKET_COLUMNS = (
    "id int, kind text, col text, payee_id bigint, anchor_id bigint, version_id bigint, rule_id bigint,"
    " override_id bigint, weight bigint, n numeric, d numeric, metric numeric, type text, earlier bigint,"
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
        self.rates = rates(self.roster.rules, self.parts, self.values)
        numbers = self._share_buckets()
        entry_rows = self._entries(numbers)
        overrides = self._override_buckets()
        fill("c_bucket", BUCKET_COLUMNS, self.buckets)
        columns = "place bigint, entry_id bigint, bucket int, amount bigint, share bigint"
        fill("c_entry", columns, [(place, *row) for place, row in enumerate(entry_rows)])
        _view_shares(borne=False)
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

    def _rule_bucket(self, rule_id: int, weight: int, column: str, turnover: int, earlier: int = 0) -> int:
        rule = self.rules[rule_id]
        q = self.q(rule_id, weight)
        anchor = self.versions[rule.version_id].anchor
        largest = 2 * turnover * q.numerator + 2 * q.denominator
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
            type="bigint" if largest < BIGINT_SAFE else "numeric",
            earlier=earlier,
        )

    def _share_buckets(self) -> dict[tuple[int, int], tuple[int, int]]:
        """One bucket per rule and weight, in the order of m_match; its number and the sum of its pools.

        c_settled: sums of the events' shares by bucket. Cumulative rounding comes to R(sum of pools × q).
        """
        numbers, settled = {}, []
        earlier = 0
        for part in sorted((p for p in self.parts if not p.clawback), key=lambda part: (part.rule_id, part.weight)):
            key = part.rule_id, part.weight
            number = self._rule_bucket(*key, "commission_share", part.turnover, earlier)
            numbers[key] = number, part.pool
            settled.append((number, part.count, part.pool, R(part.pool * self.q(*key))))
            earlier += part.pool
        fill("c_settled", "bucket int, lines bigint, base numeric, share bigint", settled)
        return numbers

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
            " holder_id bigint, borne_by int, basis numeric, share bigint",
            (),
        )
        for kind in {row[10] for row in rows}:
            part = f"(case scale when 1 then pool::{kind} else weight::{kind} * pool::{kind} end)"
            execute(
                f"""
                insert into c_over
                select seq, event_id, line_id, bucket, position, weight, paid_on, holder_id, borne_by,
                    basis::numeric / scale,
                    {rounded(kind, "run", "n", f"d::{kind} * scale::{kind}")}
                    - {rounded(kind, "run - basis", "n", f"d::{kind} * scale::{kind}")}
                from (
                    select *, row_number() over ordered as seq, {running(kind, "basis")} over ordered as run
                    from (
                        select s.event_id, s.line_id, s.position, s.weight, s.paid_on, s.holder_id, s.occurred_at,
                            s.platform, s.order_key, s.line_key, o.bucket,
                            case when o.borne then s.bucket end as borne_by, o.override_id, o.n, o.d, o.scale,
                            case o.basis
                                when 'pool' then {part}
                                when 'anchor_share' then s.share::{kind} * o.scale::{kind}
                                else {part} - s.share::{kind} * o.scale::{kind}
                            end as basis
                        from c_share s
                        join c_override o on o.version_id = s.version_id
                            and (o.from_on is null or o.from_on <= s.paid_on)
                            and (o.until_on is null or s.paid_on < o.until_on) and s.paid_on is not null
                        where o.type = %(kind)s and s.platform is not null
                    ) x
                    window ordered as (partition by override_id order by {EVENT_ORDER} rows unbounded preceding)
                ) y""",
                {"kind": kind},
            )
        if any(row[9] for row in rows):
            select_into(
                "c_borne",
                """select event_id, position, sum(share)::bigint as share from c_over where borne_by is not null
                group by 1, 2""",
            )
            _view_shares(borne=True)

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


def _view_shares(*, borne: bool) -> None:
    """c_share: share = R(running sum × q) − R(running sum before × q), in the order of the events, less what the
    anchor bears of overrides (`borne`).

    The running sum of m_match goes through all buckets; less the pools of those before (`earlier`), it is a bucket's.
    A view, because that costs less than writing a million rows down.
    """
    for name, matched in (("c_share", "m_match"), ("c_share_near", "m_near")):
        execute(
            f"""create or replace temp view {name} as
            select s.seq, s.event_id, s.line_id, s.version_id, s.position, s.weight, s.pool, s.paid_on, s.holder_id,
                s.occurred_at, s.platform, s.order_key, s.line_key, s.bucket,
                s.share {"- coalesce(c_borne.share, 0)" if borne else ""} as share
            from ({" union all ".join(_shares_sql(kind, matched) for kind in ("bigint", "numeric"))}) s
            {"left join c_borne on c_borne.event_id = s.event_id and c_borne.position = s.position" if borne else ""}"""
        )


def _shares_sql(kind: str, matched: str) -> str:
    """Shares of the buckets whose sums fit the type `kind` (bigint or numeric)."""
    return f"""(
        with b as materialized (
            select id, rule_id, weight, earlier, n::{kind} as n, d::{kind} as d
            from c_bucket where kind = 'share' and type = '{kind}'
        )
        select m.*, b.id as bucket,
            {rounded(kind, "m.run - b.earlier", "b.n", "b.d")}
            - {rounded(kind, "m.run - b.earlier - m.pool", "b.n", "b.d")} as share
        from {matched} m
        join b on b.rule_id = m.rule_id and b.weight = m.weight
        where m.kind <> 2
    )"""


# c_sum: sums of shares by bucket, what totals and buckets are made of.
SUMS = """
    select bucket, sum(lines)::bigint as lines, sum(base) as base, sum(share)::bigint as share
    from (
        select bucket, lines, base, share from c_settled
        union all
        select borne_by, 0, 0, -sum(share) from c_over where borne_by is not null group by 1
        union all
        select bucket, count(*), sum(basis), sum(share) from c_over group by 1
        union all
        select bucket, count(*), sum(basis), sum(share) from c_back group by 1
        union all
        select bucket, count(*), sum(amount)::numeric, sum(share) from c_entry group by 1
    ) x
    group by 1
"""
