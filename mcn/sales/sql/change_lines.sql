-- Newer rows replace what the line says. Times that a later state no longer shows, and what the file does not carry,
-- stay; so does the account, if the row is of another file than the state before: platforms have several ids for one.
-- Of a line whose account or day of payment changes, the events move to other sums.
with changed as (
    update sales_orderline l set
        account_key = case when named.stays then l.account_key else s.account_key end,
        account_name = case when named.stays then l.account_name else s.account_name end,
        product_id = coalesce(nullif(s.product_id, ''), l.product_id),
        product_name = coalesce(nullif(s.product_name, ''), l.product_name),
        shop_name = coalesce(nullif(s.shop_name, ''), l.shop_name),
        quantity = coalesce(s.quantity, l.quantity),
        room_id = coalesce(nullif(s.room_id, ''), l.room_id),
        is_live = coalesce(s.is_live, l.is_live),
        status = s.status,
        platform_status = s.platform_status,
        paid_at = coalesce(timestamptz 'epoch' + s.paid_us * interval '1 microsecond', l.paid_at),
        paid_on = coalesce(s.paid_on, l.paid_on),
        received_at = coalesce(timestamptz 'epoch' + s.received_us * interval '1 microsecond', l.received_at),
        settled_at = coalesce(timestamptz 'epoch' + s.settled_us * interval '1 microsecond', l.settled_at),
        changed_at = timestamptz 'epoch' + s.changed_us * interval '1 microsecond',
        exported_at = %(exported_at)s,
        estimated_base_fen = coalesce(s.est_base, l.estimated_base_fen),
        estimated_gross_fen = coalesce(s.est_gross, l.estimated_gross_fen),
        estimated_fee_fen = coalesce(s.est_fee, l.estimated_fee_fen),
        settled_base_fen = c.new_base,
        settled_gross_fen = c.new_gross,
        settled_fee_fen = c.new_fee,
        settled_holder_fen = c.new_holder,
        authority = %(authority)s,
        phases = c.phases,
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
    join sales_orderline before on before.agency_id = (select %(agency)s::bigint) and before.id = c.line_id
    cross join lateral (
        select before.authority <> %(authority)s and (before.account_key, before.account_name) <> ('', '') as stays
    ) named
    where l.agency_id = (select %(agency)s::bigint) and l.id = c.line_id
    returning
        l.id,
        l.platform,
        coalesce(nullif(before.account_key, ''), before.account_name) as old_account,
        coalesce(nullif(l.account_key, ''), l.account_name) as new_account,
        before.paid_on as old_paid_on,
        l.paid_on as new_paid_on
),
lagging as (
    insert into lag_changes
    select
        c.platform,
        e.original_period,
        greatest(((e.occurred_at at time zone %(zone)s) - %(day_starts_at)s::interval)::date - way.paid_on, 0),
        sum(way.sign)
    from (select * from changed where old_paid_on is distinct from new_paid_on offset 0) c
    cross join lateral (
        select occurred_at, original_period
        from sales_earningevent
        where agency_id = (select %(agency)s::bigint) and line_id = c.id and kind = 'settled'
        offset 0
    ) e
    cross join lateral (values (-1, c.old_paid_on), (1, c.new_paid_on)) way (sign, paid_on)
    where way.paid_on is not null
    group by 1, 2, 3
)
insert into settled_changes
select
    ((e.occurred_at at time zone %(zone)s) - %(day_starts_at)s::interval)::date,
    c.platform,
    case way.sign when 1 then c.new_account else c.old_account end,
    way.sign * count(*) filter (where e.kind = 'settled'),
    way.sign * count(*) filter (where e.kind = 'supplement'),
    way.sign * count(*) filter (where e.kind = 'clawback'),
    way.sign * sum(e.base_fen),
    way.sign * sum(e.gross_fen),
    way.sign * sum(e.fee_fen),
    way.sign * sum(e.holder_fen)
from (select * from changed where old_account <> new_account offset 0) c
cross join lateral (
    select kind, occurred_at, base_fen, gross_fen, fee_fen, holder_fen
    from sales_earningevent
    where agency_id = (select %(agency)s::bigint) and line_id = c.id
    offset 0 -- one look into the index for each of the few lines that move
) e
cross join (values (-1), (1)) way (sign)
group by 1, 2, 3, way.sign
