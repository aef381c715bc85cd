"""Writes to sales data: imports and how they are read, order lines, earning events, entries, platforms' bills."""

from mcn.sales.services.bills import BilledDay, bill_withdraw, bills_save
from mcn.sales.services.differences import EntrySums, Row, bounded, keep_difference
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
from mcn.sales.services.mappings import mapping_change, mapping_create, mapping_set_active
from mcn.sales.services.states import move
from mcn.sales.services.unmapped import (
    MOST_BYTES,
    is_archive,
    kept_until,
    remove_old_unmapped,
    remove_unmapped,
    sample_of,
    store_to_map,
    tables_of,
)

__all__ = [
    "EntrySums",
    "MOST_BYTES",
    "SHOWN_REASONS",
    "BilledDay",
    "ImportResult",
    "Row",
    "SalesFileRefused",
    "bill_withdraw",
    "bills_save",
    "bounded",
    "drop_import",
    "fail_import",
    "first_refused",
    "folder_of",
    "import_file",
    "is_archive",
    "keep_difference",
    "kept_until",
    "lock_sales",
    "mapping_change",
    "mapping_create",
    "mapping_set_active",
    "move",
    "record_import",
    "refresh_statistics",
    "remove_dropped_file",
    "remove_old_unmapped",
    "remove_unmapped",
    "sample_of",
    "store_to_map",
    "tables_of",
    "tell_planner",
]
