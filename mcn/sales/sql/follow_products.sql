-- The WeChat shop names a line by its product, the league by its SKU. What the league named first keeps its name.
update staged_lines s set line_key = l.line_key
from sales_orderline l
where l.agency_id = (select %(agency)s::bigint) and l.platform = s.platform and l.order_key = s.order_key
    and l.product_id = s.product_id and l.line_key <> s.line_key
