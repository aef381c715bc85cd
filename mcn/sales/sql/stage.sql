-- One batch of a file, as the importer understood it, or what of it decides whether its rows are known. Times are
-- microseconds since 1970; texts have the types of the order lines' columns, so that they need no conversion on the
-- way there. `new_id` is the line's if the agency has none for the row, `new_fee` to `settle_month` say how it then
-- begins (services/beginnings.py). What most statements read stands first: a row is unpacked from its beginning.
create temporary table if not exists staged_lines (
    row_number bigint not null,
    new_id bigint not null default nextval('sales_orderline_id_seq'),
    status smallint not null,
    row_hash bigint not null,
    set_base bigint,
    set_gross bigint,
    set_fee bigint,
    set_holder bigint,
    new_fee bigint,
    fee_derived boolean,
    event_month varchar(7),
    event_kind varchar(10),
    event_us bigint,
    settle_month varchar(7),
    settled_us bigint,
    changed_us bigint,
    settled_month varchar(7),
    changed_month varchar(7),
    platform varchar(16) not null,
    paid_on date,
    account_key varchar(120) not null default '',
    account_name varchar(120) not null default '',
    est_base bigint,
    est_gross bigint,
    est_fee bigint,
    order_key varchar(64) not null,
    line_key varchar(64) not null,
    part_key varchar(64) not null default '',
    product_id varchar(64) not null default '',
    product_name varchar(300) not null default '',
    shop_name varchar(200) not null default '',
    quantity integer,
    room_id varchar(64) not null default '',
    is_live boolean,
    platform_status varchar(40) not null default '',
    paid_us bigint,
    received_us bigint,
    refunded_us bigint,
    refunded_month varchar(7),
    flags varchar(120) not null default ''
) on commit drop;

-- What is to become of each row that the agency already has a line (or refund record) for.
create temporary table if not exists known_lines (
    row_number bigint not null,
    line_id bigint not null,
    outcome text not null
) on commit drop;

-- For the rows that change something: the line's settled money afterwards and the difference.
create temporary table if not exists line_changes (
    row_number bigint not null,
    line_id bigint not null,
    new_base bigint not null,
    new_gross bigint not null,
    new_fee bigint not null,
    new_holder bigint not null,
    delta_base bigint not null,
    delta_gross bigint not null,
    delta_fee bigint not null,
    delta_holder bigint not null,
    direction smallint not null,
    keeps_recorded boolean not null,
    had_money boolean not null,
    newly_dated boolean not null,
    phases smallint not null
) on commit drop;

-- What the batches add to the sums of a day and account, or take from them, and how many of its lines they made or
-- changed. Lines without a payment time have no day.
create temporary table if not exists day_changes (
    day date,
    platform text not null,
    account_key text not null,
    lines bigint not null,
    invalid_lines bigint not null,
    gmv bigint not null,
    estimated_gross bigint not null,
    settled_base bigint not null,
    settled_pool bigint not null,
    new_lines bigint not null,
    changed_lines bigint not null,
    open_lines bigint not null default 0,
    open_estimate bigint not null default 0
) on commit drop;

-- The events that a batch appended to lines known before.
create temporary table if not exists appended_events (
    line_id bigint not null,
    kind text not null,
    occurred_at timestamptz not null,
    base_fen bigint not null,
    gross_fen bigint not null,
    fee_fen bigint not null,
    holder_fen bigint not null
) on commit drop;

-- What is added to the sums of the days that events are dated, or taken from them.
create temporary table if not exists settled_changes (
    day date not null,
    platform text not null,
    account_key text not null,
    settled bigint not null,
    supplements bigint not null,
    clawbacks bigint not null,
    base bigint not null,
    gross bigint not null,
    fee bigint not null,
    holder bigint not null
) on commit drop;

-- And for how many days lie between payment and settlement.
create temporary table if not exists lag_changes (
    platform text not null,
    settled_month text not null,
    days integer not null,
    lines bigint not null
) on commit drop;

-- The same for the whole import: one row for each day and account.
create temporary table if not exists day_sums (like day_changes) on commit drop;
