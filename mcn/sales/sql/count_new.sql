-- The new lines, added to the sums of their days.
insert into day_changes
select
    paid_on,
    platform,
    coalesce(nullif(account_key, ''), account_name),
    count(*),
    count(*) filter (where status = 5),
    sum(case when status = 5 then 0 else coalesce(nullif(est_base, 0), set_base, 0) end),
    sum(coalesce(est_gross, 0)),
    sum(coalesce(set_base, 0)),
    sum(coalesce(set_gross, 0) - coalesce(set_fee, round(set_gross * %(fee_rate)s)::bigint, 0))
from staged_lines s
where paid_on is not null and not exists (select from known_lines k where k.row_number = s.row_number)
group by 1, 2, 3
