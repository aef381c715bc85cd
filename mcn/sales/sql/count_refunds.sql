insert into day_changes
select
    l.paid_on,
    l.platform,
    coalesce(nullif(l.account_key, ''), l.account_name),
    0, 0, 0, 0,
    sum(c.delta_base),
    sum(c.delta_gross - c.delta_fee)
from line_changes c
join sales_orderline l on l.agency_id = %(agency)s and l.id = c.line_id
where l.paid_on is not null
group by 1, 2, 3
