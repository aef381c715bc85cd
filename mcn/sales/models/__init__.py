"""Facts: imports, order lines, earning events, refunds, typed entries, sums by day, platforms' bills."""

from mcn.sales.models.bills import PlatformBill
from mcn.sales.models.daily import DailySales, DailySettled, SettlementLag
from mcn.sales.models.entries import Entry
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine

__all__ = [
    "DailySales",
    "DailySettled",
    "EarningEvent",
    "Entry",
    "LinePart",
    "OrderLine",
    "PlatformBill",
    "SalesImport",
    "SettlementLag",
]
