-- Rows of lines that are new to the agency.
insert into sales_orderline (
    id, agency_id, platform, order_key, line_key, account_key, account_name, product_id, product_name, shop_name,
    quantity, room_id, is_live, status, platform_status, paid_at, paid_on, received_at, settled_at, changed_at,
    exported_at, estimated_base_fen, estimated_gross_fen, estimated_fee_fen, settled_base_fen,
    settled_gross_fen, settled_fee_fen, settled_holder_fen, authority, phases, fee_derived, flags, row_hash,
    sales_import_id, row_number
)
select
    new_id, %(agency)s, platform, order_key, line_key, account_key, account_name, product_id, product_name,
    shop_name, quantity, room_id, is_live, status, platform_status,
    timestamptz 'epoch' + paid_us * interval '1 microsecond',
    paid_on,
    timestamptz 'epoch' + received_us * interval '1 microsecond',
    timestamptz 'epoch' + settled_us * interval '1 microsecond',
    timestamptz 'epoch' + changed_us * interval '1 microsecond',
    %(exported_at)s, coalesce(est_base, 0), coalesce(est_gross, 0), coalesce(est_fee, 0), coalesce(set_base, 0),
    coalesce(set_gross, 0), coalesce(new_fee, 0), coalesce(set_holder, 0), %(authority)s, 0,
    coalesce(fee_derived, false), flags, row_hash, %(sales_import)s, row_number
from new_lines
