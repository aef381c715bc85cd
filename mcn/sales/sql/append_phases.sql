-- What new or newer phases change of the settled money of their lines; they are recorded already. Each phase is an
-- event of its own. Where the list's amounts counted before, one event makes up the difference.
with touched as (
    select
        l.id as line_id,
        l.phases = 2 as counted,
        (l.settled_gross_fen, l.settled_fee_fen, l.settled_holder_fen) = (0, 0, 0) as list_silent,
        bool_or(p.part_key = '1') as has_first,
        sum(p.gross_fen)::bigint - l.settled_gross_fen as gross,
        sum(p.fee_fen)::bigint - l.settled_fee_fen as fee,
        sum(p.holder_fen)::bigint - l.settled_holder_fen as holder
    from (select distinct line_id from line_changes) c
    join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = c.line_id
    join sales_linepart p on p.agency_id = (select %(agency)s::bigint) and p.line_id = l.id and p.is_phase
    group by l.id
),
given as (
    select c.*, s.part_key, s.settled_us, s.changed_us, s.settled_month, s.changed_month
    from line_changes c
    join staged_lines s using (row_number)
),
money as (
    select
        g.line_id, g.part_key, g.delta_base as base, g.delta_gross as gross, g.delta_fee as fee,
        g.delta_holder as holder, g.direction,
        -- A phase is dated by its settlement, what changes of a known one by the change.
        case when g.had_money then g.changed_us else coalesce(g.settled_us, g.changed_us) end as occurred_us,
        case when g.had_money then g.changed_month else coalesce(g.settled_month, g.changed_month) end as month
    from given g
    join touched t using (line_id)
    where t.counted or t.list_silent
    union all
    select
        t.line_id, last.part_key, 0, t.gross, t.fee, t.holder,
        sign(coalesce(nullif(t.gross - t.fee, 0), nullif(t.holder, 0), t.gross))::smallint,
        last.settled_us, last.settled_month
    from touched t
    cross join lateral (
        select part_key, settled_us, settled_month from given g where g.line_id = t.line_id
        order by settled_us desc nulls last, part_key desc limit 1
    ) last
    where not t.counted and not t.list_silent and t.has_first
),
dated as (
    select
        line_id, part_key, base, gross, fee, holder,
        coalesce(timestamptz 'epoch' + occurred_us * interval '1 microsecond', %(exported_at)s) as occurred_at,
        coalesce(month, %(exported_month)s) as month,
        case
            when direction < 0 then 'clawback'
            when row_number() over (partition by line_id order by occurred_us, part_key) > 1 or exists (
                select from sales_earningevent e
                where e.agency_id = (select %(agency)s::bigint) and e.line_id = money.line_id
            ) then 'supplement'
            else 'settled'
        end as kind
    from money
    where (base, gross, fee, holder) <> (0, 0, 0, 0)
),
appended as (
    insert into sales_earningevent (
        agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen,
        fee_fen, holder_fen, sales_import_id, created_at
    )
    select
        %(agency)s, line_id, part_key, kind, occurred_at, month,
        case when month >= %(first_period)s and month <= %(last_closed)s then %(first_open)s else month end,
        base, gross, fee, holder, %(sales_import)s, now()
    from dated
    order by line_id, occurred_at, part_key
    returning line_id, kind, occurred_at, original_period, settle_period, base_fen, gross_fen, fee_fen, holder_fen
),
kept as (
    insert into appended_events
    select line_id, kind, occurred_at, base_fen, gross_fen, fee_fen, holder_fen from appended
),
counted as (
    insert into day_changes
    select
        l.paid_on, l.platform, coalesce(nullif(l.account_key, ''), l.account_name),
        0, 0, 0, 0, sum(a.base_fen), sum(a.gross_fen - a.fee_fen), 0, count(distinct a.line_id)
    from appended a
    join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = a.line_id
    group by 1, 2, 3
),
counting as (
    update sales_orderline l set phases = case when t.counted or t.list_silent or t.has_first then 2 else 1 end
    from touched t
    where l.agency_id = (select %(agency)s::bigint) and l.id = t.line_id
)
select kind, original_period, settle_period, count(*), sum(base_fen)::bigint, sum(gross_fen - fee_fen)::bigint
from appended
group by kind, original_period, settle_period
