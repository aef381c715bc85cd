-- The WeChat shop names a line by its product, the league by its SKU, which is the finer name: a line that the shop's
-- list named first takes it.
update sales_orderline l set line_key = s.line_key
from (
    select distinct on (platform, order_key, product_id) platform, order_key, line_key, product_id
    from staged_lines
    where product_id <> ''
    order by platform, order_key, product_id, line_key
) s
where l.agency_id = (select %(agency)s::bigint) and l.platform = s.platform and l.order_key = s.order_key
    and l.product_id = s.product_id and l.line_key = l.product_id and l.line_key <> s.line_key
    and not exists (
        select from sales_orderline o
        where o.agency_id = (select %(agency)s::bigint) and o.platform = s.platform and o.order_key = s.order_key
            and o.line_key = s.line_key
    )
