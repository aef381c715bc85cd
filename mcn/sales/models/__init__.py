"""Facts: imports, order lines, earning events, refunds, typed entries, daily sums."""

from mcn.sales.models.daily import DailySales
from mcn.sales.models.entries import Entry, EntrySource
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine

__all__ = ["DailySales", "EarningEvent", "Entry", "EntrySource", "LinePart", "OrderLine", "SalesImport"]
