-- An event for each new line that already has settled money (docs/money.md §2), as worked out before.
insert into sales_earningevent (
    agency_id, line_id, part_key, kind, occurred_at, original_period, settle_period, base_fen, gross_fen, fee_fen,
    holder_fen, sales_import_id, created_at
)
select
    %(agency)s, new_id, '', coalesce(event_kind, 'settled'),
    timestamptz 'epoch' + coalesce(event_us, settled_us) * interval '1 microsecond', event_month,
    coalesce(settle_month, event_month), coalesce(set_base, 0), coalesce(set_gross, 0), coalesce(new_fee, 0),
    coalesce(set_holder, 0), %(sales_import)s, now()
from new_lines
where event_month is not null
