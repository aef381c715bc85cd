-- The events that were just appended to lines known before, added to the sums of the days they are dated, and to how
-- long settlements took. Read while the lines still say whose the events were.
with named as (
    select
        a.*,
        l.platform,
        l.account,
        l.paid_on,
        ((a.occurred_at at time zone %(zone)s) - %(day_starts_at)s::interval)::date as day
    from appended_events a
    cross join lateral (
        select platform, coalesce(nullif(account_key, ''), account_name) as account, paid_on
        from sales_orderline
        where agency_id = (select %(agency)s::bigint) and id = a.line_id
        offset 0 -- one look into the index for each event, however many lines the agency has
    ) l
),
lagging as (
    insert into lag_changes
    select platform, to_char(day, 'YYYY-MM'), greatest(day - paid_on, 0), count(*)
    from named
    where kind = 'settled' and paid_on is not null
    group by 1, 2, 3
)
insert into settled_changes
select
    day,
    platform,
    account,
    count(*) filter (where kind = 'settled'),
    count(*) filter (where kind = 'supplement'),
    count(*) filter (where kind = 'clawback'),
    sum(base_fen),
    sum(gross_fen),
    sum(fee_fen),
    sum(holder_fen)
from named
group by 1, 2, 3
