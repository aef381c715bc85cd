"""Writes to sales data: imports, order lines, earning events, typed entries, platforms' bills."""

from mcn.sales.services.bills import BilledDay, bill_withdraw, bills_save
from mcn.sales.services.imports import (
    ImportResult,
    SalesFileRefused,
    fail_import,
    folder_of,
    import_file,
    lock_sales,
    record_import,
    refresh_statistics,
    tell_planner,
)
from mcn.sales.services.kept_rows import SHOWN_REASONS, first_refused

__all__ = [
    "SHOWN_REASONS",
    "BilledDay",
    "ImportResult",
    "SalesFileRefused",
    "bill_withdraw",
    "bills_save",
    "fail_import",
    "first_refused",
    "folder_of",
    "import_file",
    "lock_sales",
    "record_import",
    "refresh_statistics",
    "tell_planner",
]
