"""The set-based calculation: the same figures as `mcn.commissions.engine`, for a month of a million events.

`tables` puts small data where SQL can join it, `matching` says whose every event is, `shares` reckons. All work
in temporary tables of one transaction; `writing` replaces the month's draft with the result.
"""
