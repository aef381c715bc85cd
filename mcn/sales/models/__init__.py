"""Facts: connections to platforms, imports and how they are read, order lines, events, refunds, entries, daily sums."""

from mcn.sales.models.connections import Connection, PulledWindow
from mcn.sales.models.daily import DailySales
from mcn.sales.models.entries import Entry, EntrySource
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine
from mcn.sales.models.mappings import ColumnMapping, MappingVersion, UnmappedFile

__all__ = [
    "ColumnMapping",
    "Connection",
    "DailySales",
    "EarningEvent",
    "Entry",
    "EntrySource",
    "LinePart",
    "MappingVersion",
    "OrderLine",
    "PulledWindow",
    "SalesImport",
    "UnmappedFile",
]
