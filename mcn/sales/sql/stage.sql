-- One batch of a file, as the importer understood it. Times are microseconds since 1970.
create temporary table if not exists staged_lines (
    row_number bigint not null,
    platform text not null,
    order_key text not null,
    line_key text not null,
    part_key text not null,
    account_key text not null,
    account_name text not null,
    product_id text not null,
    product_name text not null,
    shop_name text not null,
    quantity integer,
    room_id text not null,
    is_live boolean,
    status smallint not null,
    platform_status text not null,
    paid_us bigint,
    received_us bigint,
    settled_us bigint,
    changed_us bigint,
    est_base bigint,
    est_gross bigint,
    est_fee bigint,
    set_base bigint,
    set_gross bigint,
    set_fee bigint,
    set_holder bigint,
    flags text not null,
    row_hash bigint not null
) on commit drop;

-- What became of each row that the agency already had a line for.
create temporary table if not exists known_lines (
    row_number bigint not null,
    line_id bigint not null,
    outcome text not null,
    new_base bigint,
    new_gross bigint,
    new_fee bigint,
    new_holder bigint,
    delta_base bigint,
    delta_gross bigint,
    delta_fee bigint,
    delta_holder bigint,
    direction smallint,
    keeps_recorded boolean,
    had_money boolean,
    settlement_moved boolean
) on commit drop;

-- Days and accounts whose stored sums have to be made again.
create temporary table if not exists touched_days (
    day date not null,
    platform text not null,
    account_key text not null,
    primary key (day, platform, account_key)
) on commit drop;
