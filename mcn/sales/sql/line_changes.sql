-- What each newer row makes of its line's settled money. An amount that the file does not carry stays as
-- recorded. The direction goes by gross less fee, then by the base, then by the account holder's part.
-- Of a line settled in phases the list says the base alone, once the first phase is known or the list has no money.
insert into line_changes
select
    k.row_number,
    l.id,
    case when rule.keeps then l.settled_base_fen else given.base end,
    case when rule.keeps then l.settled_gross_fen else given.gross end,
    case when rule.keeps then l.settled_fee_fen else fee.fee end,
    case when rule.keeps then l.settled_holder_fen else given.holder end,
    delta.base,
    delta.gross,
    delta.fee,
    delta.holder,
    way.direction,
    rule.keeps,
    l.phases > 0
        or (l.settled_base_fen, l.settled_gross_fen, l.settled_fee_fen, l.settled_holder_fen) <> (0, 0, 0, 0),
    coalesce(timestamptz 'epoch' + s.settled_us * interval '1 microsecond' <> l.settled_at, false),
    state.phases
from known_lines k
join staged_lines s using (row_number)
join sales_orderline l on l.agency_id = (select %(agency)s::bigint) and l.id = k.line_id
left join lateral (
    select sum(gross_fen)::bigint as gross, sum(fee_fen)::bigint as fee, sum(holder_fen)::bigint as holder,
        bool_or(part_key = '1') as has_first
    from sales_linepart
    where l.phases > 0 and agency_id = (select %(agency)s::bigint) and line_id = l.id and is_phase
) phased on l.phases > 0
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
        case
            when l.phases = 0 then 0
            when phased.has_first or (given.gross, fee.fee, given.holder) = (0, 0, 0) then 2
            else 1
        end as phases
) state
cross join lateral (
    select
        given.base - l.settled_base_fen as base,
        case when state.phases = 2 then phased.gross else given.gross end
            - case when l.phases = 2 then phased.gross else l.settled_gross_fen end as gross,
        case when state.phases = 2 then phased.fee else fee.fee end
            - case when l.phases = 2 then phased.fee else l.settled_fee_fen end as fee,
        case when state.phases = 2 then phased.holder else given.holder end
            - case when l.phases = 2 then phased.holder else l.settled_holder_fen end as holder
) delta
cross join lateral (
    select
        sign(coalesce(
            nullif(delta.gross - delta.fee, 0), nullif(delta.base, 0), nullif(delta.holder, 0), delta.gross
        ))::smallint as direction
) way
cross join lateral (
    select %(list_never_falls)s and way.direction < 0 as keeps
) rule
where k.outcome = 'changed'
