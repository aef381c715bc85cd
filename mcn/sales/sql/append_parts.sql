-- A refund that begins to count takes money back, dated by the refund's own time; one that no longer counts
-- gives it back.
with dated as (
    select
        c.line_id, s.part_key, c.delta_base, c.delta_gross, c.delta_fee, c.delta_holder,
        case when c.direction < 0 then 'clawback' else 'supplement' end as kind,
        case when c.direction < 0 or c.newly_dated
            then coalesce(timestamptz 'epoch' + s.changed_us * interval '1 microsecond', %(exported_at)s)
            else %(exported_at)s
        end as occurred_at,
        case when c.direction < 0 or c.newly_dated
            then coalesce(s.changed_month, %(exported_month)s)
            else %(exported_month)s
        end as month
    from line_changes c
    join staged_lines s using (row_number)
    where (c.delta_base, c.delta_gross, c.delta_fee, c.delta_holder) <> (0, 0, 0, 0)
),
appended as (
    insert into sales_earningevent (
        agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen,
        fee_fen, holder_fen, sales_import_id, created_at
    )
    select
        %(agency)s, line_id, part_key, kind, occurred_at, month,
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
