-- What all batches together change on each day and account.
insert into day_sums
select
    day, platform, account_key, sum(lines), sum(invalid_lines), sum(gmv), sum(estimated_gross), sum(settled_base),
    sum(settled_pool), sum(new_lines), sum(changed_lines), sum(open_lines), sum(open_estimate)
from day_changes
group by day, platform, account_key
