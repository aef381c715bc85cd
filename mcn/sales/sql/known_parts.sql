-- Refund records and phases: is the row new, or newer than what is recorded? A refund's status may go back, so the
-- later export counts, whatever the status, unless the platform dates both states.
insert into known_lines
select
    s.row_number,
    l.id,
    case
        when p.id is null then 'created'
        when p.row_hash = s.row_hash and p.exported_at >= %(exported_at)s then 'unchanged'
        when p.row_hash = s.row_hash then 'confirmed'
        when
            case
                when timestamptz 'epoch' + s.changed_us * interval '1 microsecond' <> p.changed_at
                    then timestamptz 'epoch' + s.changed_us * interval '1 microsecond' < p.changed_at
                else %(exported_at)s < p.exported_at
            end
            then 'stale'
        else 'changed'
    end
from staged_lines s
join sales_orderline l
    on l.agency_id = (select %(agency)s::bigint)
    and l.platform = s.platform
    and l.order_key = s.order_key
    and l.line_key = s.line_key
left join sales_linepart p on p.agency_id = (select %(agency)s::bigint) and p.line_id = l.id and p.part_key = s.part_key
