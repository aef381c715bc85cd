"""Vouchers of a month for the agency's accounting programme: from the ledger's postings (docs/money.md §9.1)."""
