delete from sales_settlementlag s
using lag_changes c
where s.agency_id = %(agency)s and s.platform = c.platform and s.settled_month = c.settled_month and s.days = c.days
    and s.lines = 0
