"""The set-based calculation: the same figures as `mcn.commissions.engine`, for a month of a million events.

`tables` puts small data where SQL can join it, `matching` says whose every event is and gives them as a frame
(`frames`), `shares` reckons with it: `cumulative` in a bucket's order, `overrides`, and `clawbacks` in temporary tables
of the transaction; `packing` makes of it what `writing` replaces the month's draft with.
"""
