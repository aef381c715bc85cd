-- An event for each new line that already has settled money (docs/money.md §2). Money that rises is dated by its
-- settlement, money that starts below nothing by the change.
with money as (
    select
        new_id, base, gross, fee, holder,
        coalesce(nullif(gross - fee, 0), nullif(base, 0), nullif(holder, 0), gross) > 0 as rises,
        timestamptz 'epoch' + settled_us * interval '1 microsecond' as settled_at,
        timestamptz 'epoch' + changed_us * interval '1 microsecond' as changed_at,
        settled_month,
        changed_month
    from new_lines
    where (base, gross, fee, holder) <> (0, 0, 0, 0)
    offset 0 -- `rises` too
),
dated as (
    select
        *,
        case when rises then coalesce(settled_at, changed_at, %(exported_at)s)
        else coalesce(changed_at, %(exported_at)s) end as occurred_at,
        case when rises then coalesce(settled_month, changed_month, %(exported_month)s)
        else coalesce(changed_month, %(exported_month)s) end as month
    from money
),
appended as (
    insert into sales_earningevent (
        agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen,
        fee_fen, holder_fen, sales_import_id, created_at
    )
    select
        %(agency)s, new_id, '', case when rises then 'settled' else 'clawback' end, occurred_at, month,
        case when month >= %(first_period)s and month <= %(last_closed)s then %(first_open)s else month end,
        base, gross, fee, holder, %(sales_import)s, now()
    from dated
    returning kind, original_period, settle_period, base_fen, gross_fen - fee_fen as pool
)
select kind, original_period, settle_period, count(*), sum(base_fen)::bigint, sum(pool)::bigint
from appended
group by kind, original_period, settle_period
