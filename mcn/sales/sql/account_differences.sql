-- What the import changes on each account, and what stood there before, over the orders paid in the months that it
-- touches; read before its sums are kept with the stored ones. Orders without a payment time stand in no
-- stored sum: of them there is the change alone.
with changed as (
    select
        platform,
        case when day is not null then account_key else '' end as account_key,
        day is not null as dated,
        sum(new_lines)::bigint as new_lines,
        sum(changed_lines)::bigint as changed_lines,
        sum(estimated_gross)::bigint as estimated_gross,
        sum(settled_base)::bigint as settled_base,
        sum(settled_pool)::bigint as settled_pool
    from day_sums
    group by 1, 2, 3
),
months as (
    select distinct date_trunc('month', day)::date as month from day_sums where day is not null
),
before as (
    select
        d.platform,
        d.account_key,
        sum(d.estimated_gross_fen)::bigint as estimated_gross,
        sum(d.settled_base_fen)::bigint as settled_base,
        sum(d.settled_pool_fen)::bigint as settled_pool
    from months m
    join sales_dailysales d
        on d.agency_id = %(agency)s and d.day >= m.month and d.day < (m.month + interval '1 month')::date
    where (d.platform, d.account_key) in (select platform, account_key from changed where dated)
    group by 1, 2
)
select
    c.platform,
    c.account_key,
    c.dated,
    c.new_lines,
    c.changed_lines,
    c.estimated_gross,
    c.settled_base,
    c.settled_pool,
    case when c.dated then coalesce(b.estimated_gross, 0) end,
    case when c.dated then coalesce(b.settled_base, 0) end,
    case when c.dated then coalesce(b.settled_pool, 0) end
from changed c
left join before b on c.dated and b.platform = c.platform and b.account_key = c.account_key
where (c.new_lines, c.changed_lines, c.estimated_gross, c.settled_base, c.settled_pool) <> (0, 0, 0, 0, 0)
order by abs(c.settled_pool) desc, abs(c.estimated_gross) desc, c.platform, c.account_key collate "C", c.dated
