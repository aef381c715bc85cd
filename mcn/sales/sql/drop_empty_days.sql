delete from sales_dailysales d
using day_sums c
where d.agency_id = %(agency)s and d.day = c.day and d.platform = c.platform and d.account_key = c.account_key
    and d.lines = 0
