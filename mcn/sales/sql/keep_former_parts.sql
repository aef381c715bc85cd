-- What refund records and phases said that a newer row is about to change. One that a later export only confirms
-- says the same as before.
insert into sales_formerpart (
    agency_id, part_id, platform_status, changed_at, base_fen, gross_fen, fee_fen, holder_fen, sales_import_id,
    row_number
)
select
    p.agency_id, p.id, p.platform_status, p.changed_at, p.base_fen, p.gross_fen, p.fee_fen, p.holder_fen,
    p.sales_import_id, p.row_number
from known_lines k
join staged_lines s using (row_number)
join sales_linepart p on p.agency_id = (select %(agency)s::bigint) and p.line_id = k.line_id and p.part_key = s.part_key
where k.outcome = 'changed'
