-- An event for each new line that already has settled money (docs/money.md §2). Money that rises is dated by its
-- settlement, money that starts below nothing by the change.
with money as (
    select
        new_id, base, gross, fee, holder,
        coalesce(nullif(gross - fee, 0), nullif(base, 0), nullif(holder, 0), gross) > 0 as rises,
        timestamptz 'epoch' + settled_us * interval '1 microsecond' as settled_at,
        timestamptz 'epoch' + changed_us * interval '1 microsecond' as changed_at,
        settled_month,
        changed_month,
        platform,
        paid_on,
        coalesce(nullif(account_key, ''), account_name) as account
    from new_lines
    where (base, gross, fee, holder) <> (0, 0, 0, 0)
    offset 0 -- `rises` too
),
dated as (
    select
        *,
        case when rises then 'settled' else 'clawback' end as kind,
        case when rises then coalesce(settled_at, changed_at, %(exported_at)s)
        else coalesce(changed_at, %(exported_at)s) end as occurred_at,
        case when rises then coalesce(settled_month, changed_month, %(exported_month)s)
        else coalesce(changed_month, %(exported_month)s) end as month
    from money
),
on_days as (
    select *, ((occurred_at at time zone %(zone)s) - %(day_starts_at)s::interval)::date as day
    from dated
),
appended as (
    insert into sales_earningevent (
        agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen,
        fee_fen, holder_fen, sales_import_id, created_at
    )
    select
        %(agency)s, new_id, '', kind, occurred_at, month,
        case when month >= %(first_period)s and month <= %(last_closed)s then %(first_open)s else month end,
        base, gross, fee, holder, %(sales_import)s, now()
    from on_days
    returning kind, original_period, settle_period, base_fen, gross_fen - fee_fen as pool
),
counted as (
    insert into settled_changes
    select
        day,
        platform,
        account,
        count(*) filter (where rises),
        0,
        count(*) filter (where not rises),
        sum(base),
        sum(gross),
        sum(fee),
        sum(holder)
    from on_days
    group by 1, 2, 3
),
lagging as (
    insert into lag_changes
    select platform, to_char(day, 'YYYY-MM'), greatest(day - paid_on, 0), sum(lines)
    from (
        select platform, day, paid_on, count(*) as lines
        from on_days
        where rises and paid_on is not null
        group by 1, 2, 3
    ) by_days
    group by 1, 2, 3
)
select kind, original_period, settle_period, count(*), sum(base_fen)::bigint, sum(pool)::bigint
from appended
group by kind, original_period, settle_period
