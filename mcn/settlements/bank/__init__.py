"""The bank's statements: read, brought in line by line, and matched with payouts by a person (docs/money.md §11)."""
