-- A later export that says the same: the line remembers the later time, so that a different row exported in
-- between is known to be older.
update sales_orderline l set exported_at = %(exported_at)s
from known_lines k
where k.outcome = 'confirmed' and l.agency_id = (select %(agency)s::bigint) and l.id = k.line_id
