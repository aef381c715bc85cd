"""Paying what the books owe: what is due, batches, the bank's statements, the accounts that pay."""
