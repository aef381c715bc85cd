"""Months that are closed already get back what they were closed over; from here on a closed month takes none.

A leftover is what the month holds and did not share. Its reason is certain where the month was closed over one
reason only; else it is the queue's, where the row still waits, or empty.
"""

from django.db import migrations

BACK = """
insert into settlements_leftover (agency_id, period, event_id, entry_id, platform, order_key, line_key, kind,
    occurred_at, reason, cause, pool_fen)
with closed as (
    select p.agency_id, p.code, a.first_period, a.timezone, a.day_starts_at,
        case when jsonb_array_length(p.totals -> 'unmatched') = 1 then p.totals #>> '{unmatched,0,reason}' end as sole
    from settlements_period p join tenancy_agency a on a.id = p.agency_id
    where p.state = 'closed'
),
found as (
    select c.agency_id, c.code, e.id as event_id, null::bigint as entry_id, l.platform, l.order_key, l.line_key,
        e.kind, e.occurred_at, e.gross_fen - e.fee_fen as pool_fen, c.sole, u.reason, u.cause
    from closed c
    join sales_earningevent e
        on e.agency_id = c.agency_id and e.settle_period = c.code and e.original_period >= c.first_period
    join sales_orderline l on l.agency_id = e.agency_id and l.id = e.line_id
    left join commissions_unmatched u on u.agency_id = e.agency_id and u.event_id = e.id
    where not exists (
        select from commissions_shareline s
        where s.agency_id = e.agency_id and s.event_id = e.id and s.period = c.code)
    union all
    select c.agency_id, c.code, null, n.id, '', n.code, '',
        n.income, (n.date + c.day_starts_at) at time zone c.timezone, n.amount_fen, c.sole, u.reason, u.cause
    from closed c
    join sales_entry n
        on n.agency_id = c.agency_id and n.settle_period = c.code and to_char(n.date, 'YYYY-MM') >= c.first_period
        and n.income <> 'penalty' -- deducted, never shared
    left join commissions_unmatched u on u.agency_id = n.agency_id and u.entry_id = n.id
    where not exists (
        select from commissions_shareline s
        where s.agency_id = n.agency_id and s.entry_id = n.id and s.period = c.code)
)
select agency_id, code, event_id, entry_id, platform, order_key, line_key, kind, occurred_at,
    coalesce(sole, reason, ''), case when coalesce(sole, reason) = reason then cause else '' end, pool_fen
from found
"""
GUARD = """
create trigger closed_insert after insert on settlements_leftover referencing new table as changed
    for each statement execute function settlements_rows_are_open()
"""


class Migration(migrations.Migration):
    dependencies = [
        ("settlements", "0004_leftovers"),
        ("commissions", "0003_bulk_shares"),
        ("sales", "0003_bulk_tables"),
    ]

    operations = [
        migrations.RunSQL(BACK, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, "drop trigger closed_insert on settlements_leftover"),
    ]
