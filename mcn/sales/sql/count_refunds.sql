insert into day_changes
select
    l.paid_on,
    l.platform,
    coalesce(nullif(l.account_key, ''), l.account_name),
    0, 0, 0, 0,
    sum(c.delta_base),
    sum(c.delta_gross - c.delta_fee),
    0,
    count(distinct c.line_id) filter (where k.outcome <> 'confirmed')
from line_changes c
join known_lines k using (row_number)
join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = c.line_id
group by 1, 2, 3
