-- How long the settlements of the batches took, kept with the stored numbers.
insert into sales_settlementlag as kept (agency_id, platform, settled_month, days, lines)
select %(agency)s, platform, settled_month, days, sum(lines)
from lag_changes
group by platform, settled_month, days
on conflict (agency_id, platform, settled_month, days) do update set lines = kept.lines + excluded.lines
