"""What would have been: other terms, tried out on closed months; nothing of it is written (docs/money.md §12).

`scenario` says what is put in place of what was in force, `replay` reckons a closed month again with it, `job` does so
for the last months and keeps what came of it.
"""
