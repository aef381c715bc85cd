"""Writes to periods, statements and what follows from them."""

from mcn.settlements.services.calculation import calculate
from mcn.settlements.services.opening import period_ensure
from mcn.settlements.services.periods import approve, close, is_stale, send_back, submit
from mcn.settlements.services.unmatched import refresh_unmatched

__all__ = [
    "approve",
    "calculate",
    "close",
    "is_stale",
    "period_ensure",
    "refresh_unmatched",
    "send_back",
    "submit",
]
