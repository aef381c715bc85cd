-- The staged rows of lines that are new to the agency, with the settled money that they begin with. A fee that the
-- file does not carry is the agency's rate of the commission (docs/money.md §1).
create or replace temporary view new_lines as
select
    s.*,
    coalesce(set_base, 0) as base,
    coalesce(set_gross, 0) as gross,
    coalesce(set_fee, round(set_gross * %(fee_rate)s)::bigint, 0) as fee,
    coalesce(set_holder, 0) as holder,
    set_fee is null and coalesce(set_gross, 0) <> 0 as fee_derived
from staged_lines s
where not exists (select from known_lines k where k.row_number = s.row_number)
