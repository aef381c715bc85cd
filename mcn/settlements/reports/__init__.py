"""The report of a month (docs/money.md §14): its stored sums, the workbook, and the schedule by which it is made."""
