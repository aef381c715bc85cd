-- The days of the lines that change: as they stand now, and as the newer rows have them.
insert into touched_days
select distinct
    ((both_states.paid_at at time zone %(zone)s) - %(day_starts_at)s)::date,
    l.platform,
    both_states.account
from known_lines k
join staged_lines s using (row_number)
join sales_orderline l on l.agency_id = %(agency)s and l.id = k.line_id
cross join lateral (
    values
        (l.paid_at, coalesce(nullif(l.account_key, ''), l.account_name)),
        (
            coalesce(timestamptz 'epoch' + s.paid_us * interval '1 microsecond', l.paid_at),
            coalesce(nullif(s.account_key, ''), s.account_name)
        )
) both_states (paid_at, account)
where k.outcome = 'changed' and both_states.paid_at is not null
on conflict do nothing
