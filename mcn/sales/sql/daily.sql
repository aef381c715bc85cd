-- The stored sums of every touched day and account, made again from the lines.
with span as materialized (
    select
        ((min(day) + %(day_starts_at)s) at time zone %(zone)s) as starts,
        ((max(day) + 1 + %(day_starts_at)s) at time zone %(zone)s) as ends
    from touched_days
),
sold as (
    select
        id,
        ((paid_at at time zone %(zone)s) - %(day_starts_at)s)::date as day,
        platform,
        coalesce(nullif(account_key, ''), account_name) as account_key,
        status,
        -- Files that have one set of amounts carry no estimate once a line is settled.
        coalesce(nullif(estimated_base_fen, 0), settled_base_fen) as gmv,
        estimated_gross_fen as estimated_gross,
        settled_base_fen as settled_base,
        settled_gross_fen - settled_fee_fen as settled_pool
    from sales_orderline
    where agency_id = %(agency)s
        and paid_at >= (select starts from span) and paid_at < (select ends from span)
),
figures as (
    select
        day, platform, account_key, 1 as lines, (status = 5)::int as invalid,
        case when status = 5 then 0 else gmv end as gmv,
        estimated_gross, settled_base, settled_pool
    from sold
    union all
    select
        s.day, s.platform, s.account_key, 0, 0, 0, 0, p.base_fen, p.gross_fen - p.fee_fen
    from sales_linepart p
    join sold s on s.id = p.line_id
    where p.agency_id = %(agency)s
)
insert into sales_dailysales (
    agency_id, day, platform, account_key, lines, invalid_lines, gmv_fen, estimated_gross_fen, settled_base_fen,
    settled_pool_fen
)
select
    %(agency)s, day, platform, account_key, sum(lines), sum(invalid), sum(gmv), sum(estimated_gross),
    sum(settled_base), sum(settled_pool)
from figures
join touched_days using (day, platform, account_key)
group by day, platform, account_key
