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
    %(sign)s * sum(l.settled_base_fen + coalesce(parts.base, 0)),
    %(sign)s * sum(
        case when l.phases = 2 then 0 else l.settled_gross_fen - l.settled_fee_fen end + coalesce(parts.pool, 0)
    ),
    0,
    case when %(sign)s > 0 then count(*) else 0 end,
    %(sign)s * count(*) filter (where l.status in (1, 2, 3)),
    %(sign)s * coalesce(sum(l.estimated_gross_fen) filter (where l.status in (1, 2, 3)), 0)
from line_changes c
join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = c.line_id
left join (
    select p.line_id, sum(p.base_fen) as base, sum(p.gross_fen - p.fee_fen) as pool
    from line_changes
    join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = line_changes.line_id
    join sales_linepart p on p.agency_id = (select %(agency)s::bigint) and p.line_id = l.id
        and (l.phases = 2 or not p.is_phase)
    group by p.line_id
) parts on parts.line_id = l.id
group by 1, 2, 3
