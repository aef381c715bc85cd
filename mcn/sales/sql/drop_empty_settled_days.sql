delete from sales_dailysettled d
using settled_changes c
where d.agency_id = %(agency)s and d.day = c.day and d.platform = c.platform and d.account_key = c.account_key
    and (d.settled_events, d.supplement_events, d.clawback_events) = (0, 0, 0)
