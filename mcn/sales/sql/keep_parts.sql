insert into sales_linepart (
    agency_id, line_id, part_key, is_phase, platform_status, changed_at, exported_at, base_fen, gross_fen, fee_fen,
    holder_fen, row_hash, sales_import_id, row_number
)
select
    %(agency)s, c.line_id, s.part_key, %(phases)s, s.platform_status,
    timestamptz 'epoch' + s.changed_us * interval '1 microsecond', %(exported_at)s,
    c.new_base, c.new_gross, c.new_fee, c.new_holder, s.row_hash, %(sales_import)s, s.row_number
from line_changes c
join staged_lines s using (row_number)
on conflict (agency_id, line_id, part_key) do update set
    platform_status = excluded.platform_status,
    changed_at = coalesce(excluded.changed_at, sales_linepart.changed_at),
    exported_at = excluded.exported_at,
    base_fen = excluded.base_fen,
    gross_fen = excluded.gross_fen,
    fee_fen = excluded.fee_fen,
    holder_fen = excluded.holder_fen,
    row_hash = excluded.row_hash,
    sales_import_id = excluded.sales_import_id,
    row_number = excluded.row_number
