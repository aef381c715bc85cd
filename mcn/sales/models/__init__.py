"""Facts: connections, imports and what they changed, column mappings, bills, order lines, events, entries, sums."""

from mcn.sales.models.bills import PlatformBill
from mcn.sales.models.connections import Connection, PulledWindow
from mcn.sales.models.daily import DailySales, DailySettled, SettlementLag
from mcn.sales.models.differences import ImportDifference
from mcn.sales.models.entries import Entry, EntrySource
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine
from mcn.sales.models.mappings import ColumnMapping, MappingVersion, UnmappedFile
from mcn.sales.models.states import FormerLine, FormerPart

__all__ = [
    "ColumnMapping",
    "Connection",
    "DailySales",
    "DailySettled",
    "EarningEvent",
    "Entry",
    "EntrySource",
    "FormerLine",
    "FormerPart",
    "ImportDifference",
    "LinePart",
    "MappingVersion",
    "OrderLine",
    "PlatformBill",
    "PulledWindow",
    "SalesImport",
    "SettlementLag",
    "UnmappedFile",
]
