-- The months in which the orders were paid that the import makes or changes.
select distinct to_char(day, 'YYYY-MM') from day_sums where day is not null order by 1
