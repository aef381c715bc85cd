-- The rows whose line the agency has, of those that are staged.
select row_number from known_lines join staged_lines using (row_number)
