delete from sales_dailysales d
using touched_days t
where d.agency_id = %(agency)s and d.day = t.day and d.platform = t.platform and d.account_key = t.account_key
