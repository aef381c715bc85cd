insert into touched_days
select distinct
    ((l.paid_at at time zone %(zone)s) - %(day_starts_at)s)::date,
    l.platform,
    coalesce(nullif(l.account_key, ''), l.account_name)
from known_lines k
join sales_orderline l on l.agency_id = %(agency)s and l.id = k.line_id
where k.outcome in ('created', 'changed') and l.paid_at is not null
on conflict do nothing
