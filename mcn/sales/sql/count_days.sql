-- The lines that change, as they now stand, added to the sums of their days (sign 1) or taken out (sign -1).
insert into day_changes
select
    l.paid_on,
    l.platform,
    coalesce(nullif(l.account_key, ''), l.account_name),
    %(sign)s * count(*),
    %(sign)s * count(*) filter (where l.status = 5),
    %(sign)s * sum(
        case when l.status = 5 then 0 else coalesce(nullif(l.estimated_base_fen, 0), l.settled_base_fen) end
    ),
    %(sign)s * sum(l.estimated_gross_fen),
    %(sign)s * sum(l.settled_base_fen + coalesce(refunded.base, 0)),
    %(sign)s * sum(l.settled_gross_fen - l.settled_fee_fen + coalesce(refunded.pool, 0))
from line_changes c
join sales_orderline l on l.agency_id = %(agency)s and l.id = c.line_id
left join (
    select line_id, sum(base_fen) as base, sum(gross_fen - fee_fen) as pool
    from sales_linepart
    where agency_id = %(agency)s and line_id in (select line_id from line_changes)
    group by line_id
) refunded on refunded.line_id = l.id
where l.paid_on is not null
group by 1, 2, 3
