-- The staged rows of lines that are new to the agency.
create or replace temporary view new_lines as
select *
from staged_lines s
where not exists (select from known_lines k where k.row_number = s.row_number)
