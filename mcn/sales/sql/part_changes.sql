-- What each new or newer refund record or phase changes against what is recorded of it.
insert into line_changes
select
    k.row_number,
    k.line_id,
    given.base, given.gross, given.fee, given.holder,
    delta.base, delta.gross, delta.fee, delta.holder,
    sign(coalesce(
        nullif(delta.gross - delta.fee, 0), nullif(delta.base, 0), nullif(delta.holder, 0), delta.gross
    ))::smallint,
    false,
    p.id is not null,
    -- The record's time is that of this change unless it was known before.
    coalesce(timestamptz 'epoch' + s.changed_us * interval '1 microsecond' is distinct from p.changed_at, false),
    0
from known_lines k
join staged_lines s using (row_number)
left join sales_linepart p on p.agency_id = (select %(agency)s::bigint) and p.line_id = k.line_id
    and p.part_key = s.part_key
cross join lateral (
    select
        coalesce(s.set_base, 0) as base,
        coalesce(s.set_gross, 0) as gross,
        coalesce(s.set_fee, 0) as fee,
        coalesce(s.set_holder, 0) as holder
) given
cross join lateral (
    select
        given.base - coalesce(p.base_fen, 0) as base,
        given.gross - coalesce(p.gross_fen, 0) as gross,
        given.fee - coalesce(p.fee_fen, 0) as fee,
        given.holder - coalesce(p.holder_fen, 0) as holder
) delta
where k.outcome in ('created', 'changed', 'confirmed')
