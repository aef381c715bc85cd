"""Clawbacks, set-based (docs/money.md §4, clawback).

Almost every line has one in a month, so all first ones are reckoned together, then all second ones, and so on.
`c_paid` holds what each payee in each role got on the lines concerned so far, from earlier months and this one.
Result: c_back, one row per clawback, payee and role.

`recorded`: a closed month is being recomputed. The date a window counts from is then the recorded one, as it may
come from the order line, which later imports may change.
"""

from typing import TYPE_CHECKING

import polars as pl

from mcn.commissions.calculation.frames import put
from mcn.commissions.calculation.tables import execute, fill, rounded, select_into
from mcn.commissions.matching import CLAWBACK, business_day

if TYPE_CHECKING:
    from mcn.commissions.calculation.shares import Reckoning


def reckon(month: "Reckoning", shared: pl.DataFrame, over: pl.DataFrame, *, recorded: bool) -> None:
    """Make c_back, and the buckets of its rows. `shared`, `over`: anchors' shares and overrides of the month."""
    fill(
        "c_back",
        "event_id bigint, line_id bigint, ord int, payee_id bigint, position int, anchor_id bigint,"
        " version_id bigint, rule_id bigint, override_id bigint, weight bigint, n numeric, d numeric, kind text,"
        " basis numeric, share bigint, dated_on date, holder_id bigint, bucket int",
        (),
    )
    if not any(part.clawback for part in month.parts):
        return
    _near(month, shared, over)
    _steps(month.values, recorded)
    _tables(month)
    _at_rate()
    _paid(month.values)
    (rounds,) = execute("select coalesce(max(round), 0) from c_claw")[0]
    for number in range(1, rounds + 1):
        _in_proportion(number)
    _buckets(month)


def _near(month: "Reckoning", shared: pl.DataFrame, over: pl.DataFrame) -> None:
    """m_near: the matched events of lines that have a clawback; c_share_near, c_over_near: the shares on them."""
    matched = month.matched
    near = matched.join(matched.filter(pl.col("kind") == CLAWBACK), on="line_id", how="semi")
    put(
        "m_near",
        "event_id bigint, line_id bigint, kind smallint, occurred_at timestamptz, pool bigint, holder_id bigint,"
        " position int, rule_id bigint, weight bigint",
        near.select(
            *("event_id", "line_id", "kind", "pool", "holder_id", "position", "rule_id", "weight"),
            occurred_at=pl.from_epoch("us", "us").dt.replace_time_zone("UTC"),
        ),
    )
    for name, frame in (("c_share_near", shared), ("c_over_near", over)):
        shares = frame.join(near, on="event_id", how="semi").select("event_id", "position", "bucket", "share")
        put(name, "event_id bigint, position int, bucket int, share bigint", shares)


def _steps(values: dict, recorded: bool) -> None:  # type: ignore[type-arg]
    """c_step: every event of the lines concerned in order; c_claw: this month's clawbacks among them.

    `before` is the line's pool so far, `round` counts a line's clawbacks that have something to be in proportion
    to; the others have none.
    """
    select_into("c_claw_line", "select distinct line_id from m_near where kind = 2")
    select_into(
        "c_step",
        f"""select *,
            coalesce(sum(pool) over earlier, 0)::bigint as before,
            coalesce(bool_or(kind <> 2) over earlier, false) as settled,
            min(case when kind = 0 then ord end) over earlier as first
        from (
            select *, (row_number() over (partition by line_id order by period, occurred_at, event_id))::int as ord
            from (
                select distinct p.line_id, p.event_id, p.period, p.occurred_at, p.occurred_on, p.pool, false as now,
                    null::bigint as holder_id,
                    case p.kind when 'settled' then 0 when 'supplement' then 1 else 2 end as kind
                from m_past p join c_claw_line using (line_id)
                union all
                select m.line_id, m.event_id, %(period)s, m.occurred_at, {business_day("m.occurred_at")}, m.pool, true,
                    m.holder_id, m.kind
                from m_near m join c_claw_line using (line_id)
                where m.position = 0
            ) x
        ) y
        window earlier as (partition by line_id order by ord rows between unbounded preceding and 1 preceding)""",
        values,
    )
    if recorded:
        dated = "(select min(r.dated_on) from m_recorded r where r.event_id = s.event_id)"
    else:
        dated = f"""coalesce(f.occurred_on, {business_day("l.settled_at")}, l.paid_on,
            s.occurred_on)"""
    select_into(
        "c_claw",
        f"""select *, occurred_on - dated_on as days,
            case when proportion then row_number() over (partition by line_id, proportion order by ord) end as round
        from (
            select s.*, s.settled and s.before <> 0 as proportion, {dated} as dated_on
            from c_step s
            join sales_orderline l on l.agency_id = %(agency)s and l.id = s.line_id
            left join c_step f on f.line_id = s.line_id and f.ord = s.first
            where s.now and s.kind = 2
        ) x""",
        values,
    )


def _tables(month: "Reckoning") -> None:
    """Rates by rule and weight with whom they pay, windows by version."""
    combinations = {(part.rule_id, part.weight) for part in month.parts}
    rows = []
    for rule_id, weight in combinations:
        version = month.versions[month.version_of[rule_id]]
        whose = month.ids.payees[month.payee_of[version.anchor]], month.ids.anchors[version.anchor], version.id
        q = month.q(rule_id, weight)
        rows.append((rule_id, weight, *whose, q.numerator, q.denominator, month.metric(rule_id)))
    fill(
        "c_rate",
        "rule_id bigint, weight bigint, payee_id bigint, anchor_id bigint, version_id bigint, n numeric, d numeric,"
        " metric numeric",
        rows,
    )
    fill(
        "c_window",
        "version_id bigint, days int",
        [(v.id, v.clawback_window_days) for v in month.roster.versions if v.clawback_window_days is not None],
    )


def _at_rate() -> None:
    """Nothing to be in proportion to: the rule in force at the payment, at this month's rate, without overrides."""
    execute(
        f"""
        insert into c_back (event_id, line_id, ord, payee_id, position, anchor_id, version_id, rule_id, weight, n, d,
            kind, basis, share, dated_on, holder_id)
        select c.event_id, c.line_id, c.ord, r.payee_id, m.position, r.anchor_id, r.version_id, m.rule_id, m.weight,
            r.n, r.d, case when c.days > w.days then 'outside_window' else 'history_clawback' end,
            m.weight * m.pool / 1000000.0,
            case when c.days > w.days then 0 else {rounded("m.pool", "r.n", "r.d")} end,
            c.dated_on, m.holder_id
        from c_claw c
        join m_near m on m.event_id = c.event_id
        join c_rate r on r.rule_id = m.rule_id and r.weight = m.weight
        left join c_window w on w.version_id = r.version_id
        where not c.proportion"""
    )


def _paid(values: dict) -> None:  # type: ignore[type-arg]
    select_into(
        "c_paid",
        """
        select s.line_id, s.ord, b.payee_id, b.override_id is not null as third, p.host as position, b.anchor_id,
            b.version_id, b.rule_id, b.override_id, (b.weight * 1000000)::bigint as weight,
            b.rate_numerator as n, b.rate_denominator as d, p.share
        from m_past p
        join c_step s on s.event_id = p.event_id
        join commissions_bucket b on b.agency_id = %(agency)s and b.id = p.bucket_id
        union all
        select s.line_id, s.ord, b.payee_id, false, x.position, b.anchor_id, b.version_id, b.rule_id, null, b.weight,
            b.n, b.d, x.share
        from c_share_near x
        join c_step s on s.event_id = x.event_id
        join c_bucket b on b.id = x.bucket
        union all
        select s.line_id, s.ord, b.payee_id, true, x.position, b.anchor_id, b.version_id, null, b.override_id,
            b.weight, b.n, b.d, x.share
        from c_over_near x
        join c_step s on s.event_id = x.event_id
        join c_bucket b on b.id = x.bucket
        union all
        select line_id, ord, payee_id, false, position, anchor_id, version_id, rule_id, null, weight, n, d, share
        from c_back""",
        values,
    )
    execute("create index on c_paid (line_id)")


def _in_proportion(number: int) -> None:
    """S' = R(S × (P + Δ) / P) for every payee and role of the lines' clawbacks of this round; share = S' − S.

    The newest record names rule and rate.
    """
    sign = "case when before < 0 then -1 else 1 end"
    after = rounded(f"so_far * ({sign})", "before + pool", "abs(before)")
    execute(
        f"""
        with back as (
            insert into c_back (event_id, line_id, ord, payee_id, position, anchor_id, version_id, rule_id,
                override_id, weight, n, d, kind, basis, share, dated_on, holder_id)
            select event_id, line_id, ord, payee_id, position, anchor_id, version_id, rule_id, override_id, weight,
                n, d, case when late then 'outside_window' else 'clawback' end,
                case when third then 0 else weight * pool / 1000000.0 end,
                case when late then 0 else {after} - so_far end, dated_on, holder_id
            from (
                select c.event_id, c.line_id, c.ord, c.before::numeric, c.pool::numeric, c.dated_on, c.holder_id, p.*,
                    coalesce(c.days > w.days, false) as late
                from c_claw c
                cross join lateral (
                    select distinct on (payee_id, third, position) payee_id, third, position, anchor_id, version_id,
                        rule_id, override_id, weight, n, d,
                        (sum(share) over (partition by payee_id, third, position))::numeric as so_far
                    from c_paid x where x.line_id = c.line_id and x.ord < c.ord
                    order by payee_id, third, position, x.ord desc, override_id desc
                ) p
                left join c_window w on w.version_id = p.version_id
                where c.round = %(round)s
            ) y
            returning *
        )
        insert into c_paid
        select line_id, ord, payee_id, override_id is not null, position, anchor_id, version_id, rule_id, override_id,
            weight, n, d, share
        from back""",
        {"round": number},
    )


def _buckets(month: "Reckoning") -> None:
    """One bucket for all rows of one payee, rule, rate and manner."""
    same = ("kind", "payee_id", "anchor_id", "version_id", "rule_id", "override_id", "weight", "n", "d")
    names = ", ".join(same)
    execute(
        f"""
        insert into c_bucket (id, col, {names}, metric)
        select %(last)s + row_number() over (order by {names}), 'clawback_share', {names},
            case kind when 'history_clawback' then (
                select r.metric from c_rate r where r.rule_id = x.rule_id and r.weight = x.weight) end
        from (select distinct {names} from c_back) x""",
        {"last": len(month.buckets)},
    )
    key = "concat_ws('/', {0}.kind, {0}.payee_id, {0}.anchor_id, {0}.version_id, coalesce({0}.rule_id, 0),"
    key += " coalesce({0}.override_id, 0), {0}.weight, {0}.n, {0}.d)"
    execute(
        f"update c_back x set bucket = b.id from c_bucket b"
        f" where b.col = 'clawback_share' and {key.format('b')} = {key.format('x')}"
    )
