update staged_lines s set order_key = l.order_key
from sales_orderline l
where l.agency_id = (select %(agency)s::bigint) and l.platform = 'taobao' and l.line_key = s.line_key
    and l.order_key <> s.order_key
