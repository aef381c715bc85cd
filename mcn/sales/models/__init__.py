"""Facts: imports and how they are read, order lines, earning events, refunds, typed entries, daily sums."""

from mcn.sales.models.daily import DailySales
from mcn.sales.models.entries import Entry, EntrySource
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine
from mcn.sales.models.mappings import ColumnMapping, MappingVersion, UnmappedFile

__all__ = [
    "ColumnMapping",
    "DailySales",
    "EarningEvent",
    "Entry",
    "EntrySource",
    "LinePart",
    "MappingVersion",
    "OrderLine",
    "SalesImport",
    "UnmappedFile",
]
