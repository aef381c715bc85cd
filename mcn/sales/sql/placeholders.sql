-- Lines that only a refund or a phase names so far. They hold nothing until the order list fills them.
insert into sales_orderline (
    agency_id, platform, order_key, line_key, account_key, account_name, product_id, product_name, shop_name,
    room_id, status, platform_status, exported_at, estimated_base_fen, estimated_gross_fen, estimated_fee_fen,
    settled_base_fen, settled_gross_fen, settled_fee_fen, settled_holder_fen, authority, phases, fee_derived, flags,
    row_hash, sales_import_id, row_number
)
select distinct on (s.platform, s.line_key)
    %(agency)s, s.platform, s.order_key, s.line_key, s.account_key, s.account_name, s.product_id, s.product_name, '',
    '', 0, '', %(exported_at)s, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, '', 0, %(sales_import)s, s.row_number
from staged_lines s
where not exists (
    select from sales_orderline l
    where l.agency_id = (select %(agency)s::bigint) and l.platform = s.platform and l.order_key = s.order_key
        and l.line_key = s.line_key
)
order by s.platform, s.line_key, s.row_number
