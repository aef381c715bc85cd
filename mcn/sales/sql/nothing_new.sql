-- The rows that bring nothing new: what the agency has is the same or newer.
select row_number from known_lines where outcome <> 'changed'
