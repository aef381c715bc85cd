"""What refunds may still take back of a month that was shared out (docs/money.md §1.3).

`job` keeps the sums (`sums`) up to date after every calculation; `month` reads them and foresees what is to come by
what earlier months lost (`learning`).
"""
