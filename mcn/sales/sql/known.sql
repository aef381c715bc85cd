-- Rows whose line the agency already has: is the row newer? Newer is, in this order: what reports money before what
-- only estimates it, the platform's time of change where both sides carry one, the order of the status, the file that
-- knows more, the time of the export (docs/money.md §2). What an import said that read the same file wrongly is older.
insert into known_lines
select
    s.row_number,
    l.id,
    case
        when l.row_hash = s.row_hash and l.exported_at >= %(exported_at)s then 'unchanged'
        when l.row_hash = s.row_hash then 'confirmed'
        when
            case
                when l.sales_import_id = any(%(read_wrongly)s::bigint[]) then false
                when (%(authority)s = 0) <> (l.authority = 0) then %(authority)s = 0
                when timestamptz 'epoch' + s.changed_us * interval '1 microsecond' <> l.changed_at
                    then timestamptz 'epoch' + s.changed_us * interval '1 microsecond' < l.changed_at
                when s.status <> l.status then s.status < l.status
                when %(authority)s <> l.authority then %(authority)s < l.authority
                else %(exported_at)s < l.exported_at
            end
            then 'stale'
        else 'changed'
    end
from staged_lines s
cross join lateral (
    select id, row_hash, changed_at, status, authority, exported_at, sales_import_id
    from sales_orderline
    where agency_id = (select %(agency)s::bigint)
        and platform = s.platform
        and order_key = s.order_key
        and line_key = s.line_key
    offset 0 -- one look into the index for each row, however many lines the agency has; which index, must not go by
    -- statistics that may not know the agency yet, so its number is no constant
) l
