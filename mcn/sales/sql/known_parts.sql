-- Refund records: what each row changes against what is recorded. A refund's status may go back, so the newer
-- export counts, whatever the status, unless the platform dates both states.
insert into known_lines
select
    s.row_number,
    l.id,
    case
        when p.id is null then 'created'
        when p.row_hash = s.row_hash and p.exported_at >= %(exported_at)s then 'unchanged'
        when p.row_hash = s.row_hash then 'confirmed'
        when stamps.older then 'stale'
        else 'changed'
    end,
    given.base, given.gross, given.fee, given.holder,
    given.base - coalesce(p.base_fen, 0),
    given.gross - coalesce(p.gross_fen, 0),
    given.fee - coalesce(p.fee_fen, 0),
    given.holder - coalesce(p.holder_fen, 0),
    sign(coalesce(
        nullif(
            (given.gross - coalesce(p.gross_fen, 0)) - (given.fee - coalesce(p.fee_fen, 0)), 0
        ),
        nullif(given.base - coalesce(p.base_fen, 0), 0),
        nullif(given.holder - coalesce(p.holder_fen, 0), 0),
        given.gross - coalesce(p.gross_fen, 0)
    ))::smallint,
    false,
    p.id is not null,
    -- The record's time is that of this change unless it was known before.
    s.changed_at is not null and s.changed_at is distinct from p.changed_at
from (
    select *, timestamptz 'epoch' + changed_us * interval '1 microsecond' as changed_at
    from staged_lines
) s
join sales_orderline l
    on l.agency_id = %(agency)s
    and l.platform = s.platform
    and l.order_key = s.order_key
    and l.line_key = s.line_key
left join sales_linepart p on p.agency_id = %(agency)s and p.line_id = l.id and p.part_key = s.part_key
cross join lateral (
    select
        coalesce(s.set_base, 0) as base,
        coalesce(s.set_gross, 0) as gross,
        coalesce(s.set_fee, 0) as fee,
        coalesce(s.set_holder, 0) as holder
) given
cross join lateral (
    select
        case
            when s.changed_at <> p.changed_at then s.changed_at < p.changed_at
            else %(exported_at)s < p.exported_at
        end as older
) stamps
