-- Rows whose line the agency already has: is the row newer, and what does it change in settled money?
-- Newer is, in this order: the platform's time of change where both sides carry one, the order of the status,
-- the time of the export (docs/money.md §2). An amount that the file does not carry stays as recorded.
insert into known_lines
select
    s.row_number,
    l.id,
    case
        when l.row_hash = s.row_hash and l.exported_at >= %(exported_at)s then 'unchanged'
        when l.row_hash = s.row_hash then 'confirmed'
        when stamps.older then 'stale'
        else 'changed'
    end,
    case when rule.keeps then l.settled_base_fen else given.base end,
    case when rule.keeps then l.settled_gross_fen else given.gross end,
    case when rule.keeps then l.settled_fee_fen else given.fee end,
    case when rule.keeps then l.settled_holder_fen else given.holder end,
    given.base - l.settled_base_fen,
    given.gross - l.settled_gross_fen,
    given.fee - l.settled_fee_fen,
    given.holder - l.settled_holder_fen,
    way.direction,
    rule.keeps,
    (l.settled_base_fen, l.settled_gross_fen, l.settled_fee_fen, l.settled_holder_fen) <> (0, 0, 0, 0),
    s.settled_at <> l.settled_at
from (
    select
        *,
        timestamptz 'epoch' + changed_us * interval '1 microsecond' as changed_at,
        timestamptz 'epoch' + settled_us * interval '1 microsecond' as settled_at
    from staged_lines
) s
join sales_orderline l
    on l.agency_id = %(agency)s
    and l.platform = s.platform
    and l.order_key = s.order_key
    and l.line_key = s.line_key
cross join lateral (
    select
        case
            when s.changed_at <> l.changed_at then s.changed_at < l.changed_at
            when s.status <> l.status then s.status < l.status
            else %(exported_at)s < l.exported_at
        end as older
) stamps
cross join lateral (
    select
        coalesce(s.set_base, l.settled_base_fen) as base,
        coalesce(s.set_gross, l.settled_gross_fen) as gross,
        -- A derived fee is derived on the line's whole state; money that did not move keeps its fee.
        coalesce(
            s.set_fee,
            case when s.set_gross <> l.settled_gross_fen then round(s.set_gross * %(fee_rate)s)::bigint end,
            l.settled_fee_fen
        ) as fee,
        coalesce(s.set_holder, l.settled_holder_fen) as holder
) given
cross join lateral (
    select
        sign(coalesce(
            nullif((given.gross - l.settled_gross_fen) - (given.fee - l.settled_fee_fen), 0),
            nullif(given.base - l.settled_base_fen, 0),
            nullif(given.holder - l.settled_holder_fen, 0),
            given.gross - l.settled_gross_fen
        ))::smallint as direction
) way
cross join lateral (
    select %(list_never_falls)s and way.direction < 0 as keeps
) rule
