-- What each newer row makes of its line's settled money. An amount that the file does not carry stays as
-- recorded. The direction goes by gross less fee, then by the base, then by the account holder's part.
insert into line_changes
select
    k.row_number,
    l.id,
    case when rule.keeps then l.settled_base_fen else given.base end,
    case when rule.keeps then l.settled_gross_fen else given.gross end,
    case when rule.keeps then l.settled_fee_fen else fee.fee end,
    case when rule.keeps then l.settled_holder_fen else given.holder end,
    given.base - l.settled_base_fen,
    given.gross - l.settled_gross_fen,
    fee.fee - l.settled_fee_fen,
    given.holder - l.settled_holder_fen,
    way.direction,
    rule.keeps,
    (l.settled_base_fen, l.settled_gross_fen, l.settled_fee_fen, l.settled_holder_fen) <> (0, 0, 0, 0),
    coalesce(timestamptz 'epoch' + s.settled_us * interval '1 microsecond' <> l.settled_at, false)
from known_lines k
join staged_lines s using (row_number)
join sales_orderline l on l.agency_id = %(agency)s and l.id = k.line_id
cross join lateral (
    select
        coalesce(s.set_base, l.settled_base_fen) as base,
        coalesce(s.set_gross, l.settled_gross_fen) as gross,
        coalesce(s.set_holder, l.settled_holder_fen) as holder
) given
cross join lateral (
    -- A derived fee is derived on the line's whole state; money that did not move keeps its fee.
    select
        coalesce(
            s.set_fee,
            case when given.gross <> l.settled_gross_fen then round(given.gross * %(fee_rate)s)::bigint end,
            l.settled_fee_fen
        ) as fee
) fee
cross join lateral (
    select
        sign(coalesce(
            nullif((given.gross - l.settled_gross_fen) - (fee.fee - l.settled_fee_fen), 0),
            nullif(given.base - l.settled_base_fen, 0),
            nullif(given.holder - l.settled_holder_fen, 0),
            given.gross - l.settled_gross_fen
        ))::smallint as direction
) way
cross join lateral (
    select %(list_never_falls)s and way.direction < 0 as keeps
) rule
where k.outcome = 'changed'
