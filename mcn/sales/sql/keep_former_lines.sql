-- What the lines said that a newer row is about to change.
insert into sales_formerline (
    agency_id, line_id, account_key, account_name, product_id, room_id, status, platform_status, paid_at, received_at,
    settled_at, changed_at, exported_at, estimated_base_fen, estimated_gross_fen, estimated_fee_fen, settled_base_fen,
    settled_gross_fen, settled_fee_fen, settled_holder_fen, fee_derived, sales_import_id, row_number
)
select
    l.agency_id, l.id, l.account_key, l.account_name, l.product_id, l.room_id, l.status, l.platform_status, l.paid_at,
    l.received_at, l.settled_at, l.changed_at, l.exported_at, l.estimated_base_fen, l.estimated_gross_fen,
    l.estimated_fee_fen, l.settled_base_fen, l.settled_gross_fen, l.settled_fee_fen, l.settled_holder_fen,
    l.fee_derived, l.sales_import_id, l.row_number
from line_changes c
join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = c.line_id
