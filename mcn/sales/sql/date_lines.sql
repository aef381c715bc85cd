-- The business days of payments, as the agency's zone and start of the day stand now, where they are others.
update sales_orderline l set paid_on = x.day
from (
    select id, (paid_at at time zone %(zone)s - %(day_starts_at)s::time::interval)::date as day
    from sales_orderline
    where agency_id = %(agency)s and paid_at is not null
) x
where l.agency_id = %(agency)s and l.id = x.id and l.paid_on <> x.day
