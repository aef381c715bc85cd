"""The reference calculation of statements and tax, in pure Python: dataclasses in, dataclasses out, no
database.

Takes the totals that `mcn.commissions.engine` gives and turns them into what each payee is paid
(docs/money.md §5, §6).
"""
