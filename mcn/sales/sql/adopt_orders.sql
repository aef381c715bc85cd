-- Taobao names a line by its sub-order alone. A refund list may give another parent order than the order list,
-- or come first: then its placeholder takes over the order that the list names.
update sales_orderline l set order_key = s.order_key
from staged_lines s
where l.agency_id = (select %(agency)s::bigint) and l.platform = 'taobao' and l.line_key = s.line_key
    and l.status = 0 and l.order_key <> s.order_key
