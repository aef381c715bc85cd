-- Newer rows replace what the line says. Times that a later state no longer shows, and amounts that the file
-- does not carry, stay.
update sales_orderline l set
    account_key = s.account_key,
    account_name = s.account_name,
    product_id = s.product_id,
    product_name = s.product_name,
    shop_name = s.shop_name,
    quantity = s.quantity,
    room_id = s.room_id,
    is_live = s.is_live,
    status = s.status,
    platform_status = s.platform_status,
    paid_at = coalesce(timestamptz 'epoch' + s.paid_us * interval '1 microsecond', l.paid_at),
    paid_on = coalesce(s.paid_on, l.paid_on),
    received_at = coalesce(timestamptz 'epoch' + s.received_us * interval '1 microsecond', l.received_at),
    settled_at = coalesce(timestamptz 'epoch' + s.settled_us * interval '1 microsecond', l.settled_at),
    changed_at = coalesce(timestamptz 'epoch' + s.changed_us * interval '1 microsecond', l.changed_at),
    exported_at = %(exported_at)s,
    estimated_base_fen = coalesce(s.est_base, l.estimated_base_fen),
    estimated_gross_fen = coalesce(s.est_gross, l.estimated_gross_fen),
    estimated_fee_fen = coalesce(s.est_fee, l.estimated_fee_fen),
    settled_base_fen = c.new_base,
    settled_gross_fen = c.new_gross,
    settled_fee_fen = c.new_fee,
    settled_holder_fen = c.new_holder,
    fee_derived = case
        when s.set_gross is null then l.fee_derived
        else s.set_fee is null and c.new_gross <> 0
    end,
    flags = concat_ws(',', nullif(s.flags, ''), case when c.keeps_recorded then 'list_below_settled' end),
    row_hash = s.row_hash,
    sales_import_id = %(sales_import)s,
    row_number = s.row_number
from line_changes c
join staged_lines s using (row_number)
where l.agency_id = %(agency)s and l.id = c.line_id
