"""Withholding tax (docs/money.md §6): dated rule tables as data, and pure functions over them."""
