-- The new lines, added to the sums of their days.
insert into day_changes
select
    paid_on,
    platform,
    coalesce(nullif(account_key, ''), account_name),
    count(*),
    count(*) filter (where status = 5),
    sum(case when status = 5 then 0 else coalesce(nullif(est_base, 0), base) end),
    sum(coalesce(est_gross, 0)),
    sum(base),
    sum(gross - fee),
    count(*),
    0,
    count(*) filter (where status in (1, 2, 3)),
    coalesce(sum(est_gross) filter (where status in (1, 2, 3)), 0)
from new_lines
group by 1, 2, 3
