"""Writes to sales data: imports, order lines, earning events, and typed entries."""

from mcn.sales.services.differences import Row, bounded, keep_difference
from mcn.sales.services.imports import (
    ImportResult,
    SalesFileRefused,
    drop_import,
    fail_import,
    folder_of,
    import_file,
    lock_sales,
    record_import,
    refresh_statistics,
    remove_dropped_file,
    tell_planner,
)
from mcn.sales.services.kept_rows import SHOWN_REASONS, first_refused
from mcn.sales.services.states import move

__all__ = [
    "SHOWN_REASONS",
    "ImportResult",
    "Row",
    "SalesFileRefused",
    "bounded",
    "drop_import",
    "fail_import",
    "first_refused",
    "folder_of",
    "import_file",
    "keep_difference",
    "lock_sales",
    "move",
    "record_import",
    "refresh_statistics",
    "remove_dropped_file",
    "tell_planner",
]
