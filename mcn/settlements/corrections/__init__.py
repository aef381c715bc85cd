"""Corrections: requested by one person, decided on by another, paid by the first open month (docs/money.md §4.8)."""

from mcn.settlements.corrections.services import approve, reject, request

__all__ = ["approve", "reject", "request"]
