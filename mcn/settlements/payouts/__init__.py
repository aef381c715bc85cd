"""Paying what the books owe (docs/money.md §11): what is due, batches, the bank's files, what became of each payout."""
