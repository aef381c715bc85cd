-- Rows of lines that are new to the agency, and an event for each that already has settled money.
with rows as (
    select
        s.*,
        timestamptz 'epoch' + s.paid_us * interval '1 microsecond' as paid_at,
        timestamptz 'epoch' + s.received_us * interval '1 microsecond' as received_at,
        timestamptz 'epoch' + s.settled_us * interval '1 microsecond' as settled_at,
        timestamptz 'epoch' + s.changed_us * interval '1 microsecond' as changed_at
    from staged_lines s
    where not exists (select from known_lines k where k.row_number = s.row_number)
),
created as (
    insert into sales_orderline (
        agency_id, platform, order_key, line_key, account_key, account_name, product_id, product_name, shop_name,
        quantity, room_id, is_live, status, platform_status, paid_at, received_at, settled_at, changed_at,
        exported_at, estimated_base_fen, estimated_gross_fen, estimated_fee_fen, settled_base_fen,
        settled_gross_fen, settled_fee_fen, settled_holder_fen, fee_derived, flags, row_hash, sales_import_id,
        row_number
    )
    select
        %(agency)s, platform, order_key, line_key, account_key, account_name, product_id, product_name, shop_name,
        quantity, room_id, is_live, status, platform_status, paid_at, received_at, settled_at, changed_at,
        %(exported_at)s, coalesce(est_base, 0), coalesce(est_gross, 0), coalesce(est_fee, 0), coalesce(set_base, 0),
        coalesce(set_gross, 0), coalesce(set_fee, round(set_gross * %(fee_rate)s)::bigint, 0),
        coalesce(set_holder, 0), set_fee is null and coalesce(set_gross, 0) <> 0, flags, row_hash, %(sales_import)s,
        row_number
    from rows
    returning
        id, platform, account_key, account_name, status, paid_at, settled_at, changed_at, estimated_base_fen,
        estimated_gross_fen, settled_base_fen, settled_gross_fen, settled_fee_fen, settled_holder_fen
),
counted as (
    insert into day_changes
    select
        ((paid_at at time zone %(zone)s) - %(day_starts_at)s)::date,
        platform,
        coalesce(nullif(account_key, ''), account_name),
        count(*),
        count(*) filter (where status = 5),
        sum(case when status = 5 then 0 else coalesce(nullif(estimated_base_fen, 0), settled_base_fen) end),
        sum(estimated_gross_fen),
        sum(settled_base_fen),
        sum(settled_gross_fen - settled_fee_fen)
    from created
    where paid_at is not null
    group by 1, 2, 3
),
money as (
    select
        *,
        coalesce(
            nullif(settled_gross_fen - settled_fee_fen, 0),
            nullif(settled_base_fen, 0),
            nullif(settled_holder_fen, 0),
            settled_gross_fen
        ) > 0 as rises
    from created
    where (settled_base_fen, settled_gross_fen, settled_fee_fen, settled_holder_fen) <> (0, 0, 0, 0)
),
dated as (
    select
        *,
        case when rises then coalesce(settled_at, changed_at, %(exported_at)s)
        else coalesce(changed_at, %(exported_at)s) end as occurred_at
    from money
),
placed as (
    select *, to_char((occurred_at at time zone %(zone)s) - %(day_starts_at)s, 'YYYY-MM') as month
    from dated
    offset 0 -- reckoned once and not for every mention
),
appended as (
    insert into sales_earningevent (
        agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen,
        fee_fen, holder_fen, sales_import_id, created_at
    )
    select
        %(agency)s, id, '', case when rises then 'settled' else 'clawback' end, occurred_at, month,
        case when month >= %(first_period)s and month <= %(last_closed)s then %(first_open)s else month end,
        settled_base_fen, settled_gross_fen, settled_fee_fen, settled_holder_fen, %(sales_import)s, now()
    from placed
    returning kind, settle_period
)
select 'created', '', count(*) from created
union all
select kind, settle_period, count(*) from appended group by kind, settle_period
