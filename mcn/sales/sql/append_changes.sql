-- One event for each line whose settled money a newer row changes (docs/money.md §2). Read before the lines
-- themselves are changed.
with changes as (
    select
        c.*,
        timestamptz 'epoch' + s.changed_us * interval '1 microsecond' as changed_at,
        timestamptz 'epoch' + s.settled_us * interval '1 microsecond' as settled_at,
        timestamptz 'epoch' + s.refunded_us * interval '1 microsecond' as refunded_at,
        s.changed_month,
        s.refunded_month,
        s.settled_month,
        case
            when c.direction < 0 then 'clawback'
            when c.had_money or exists (
                select from sales_earningevent e
                where e.agency_id = (select %(agency)s::bigint) and e.line_id = c.line_id and e.part_key = ''
            ) then 'supplement'
            else 'settled'
        end as kind
    from line_changes c
    join staged_lines s using (row_number)
    where not c.keeps_recorded
        and (c.delta_base, c.delta_gross, c.delta_fee, c.delta_holder) <> (0, 0, 0, 0)
),
dated as (
    select
        *,
        case kind
            when 'settled' then coalesce(settled_at, changed_at, %(exported_at)s)
            when 'supplement' then
                coalesce(changed_at, case when newly_dated then settled_at end, %(exported_at)s)
            else coalesce(refunded_at, changed_at, %(exported_at)s)
        end as occurred_at,
        case kind
            when 'settled' then coalesce(settled_month, changed_month, %(exported_month)s)
            when 'supplement' then
                coalesce(changed_month, case when newly_dated then settled_month end, %(exported_month)s)
            else coalesce(refunded_month, changed_month, %(exported_month)s)
        end as month
    from changes
),
appended as (
    insert into sales_earningevent (
        agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen,
        fee_fen, holder_fen, sales_import_id, created_at
    )
    select
        %(agency)s, line_id, '', kind, occurred_at, month,
        case when month >= %(first_period)s and month <= %(last_closed)s then %(first_open)s else month end,
        delta_base, delta_gross, delta_fee, delta_holder, %(sales_import)s, now()
    from dated
    returning line_id, kind, occurred_at, original_period, settle_period, base_fen, gross_fen, fee_fen, holder_fen
),
kept as (
    insert into appended_events
    select line_id, kind, occurred_at, base_fen, gross_fen, fee_fen, holder_fen from appended
)
select kind, original_period, settle_period, count(*), sum(base_fen)::bigint, sum(gross_fen - fee_fen)::bigint
from appended
group by kind, original_period, settle_period
