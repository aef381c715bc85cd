"""Facts: connections to platforms, imports, order lines, earning events, refunds, typed entries, daily sums."""

from mcn.sales.models.connections import Connection, PulledWindow
from mcn.sales.models.daily import DailySales
from mcn.sales.models.entries import Entry
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine

__all__ = ["Connection", "DailySales", "EarningEvent", "Entry", "LinePart", "OrderLine", "PulledWindow", "SalesImport"]
