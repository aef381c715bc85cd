"""Facts: imports and what they changed, order lines and their former states, earning events, entries, daily sums."""

from mcn.sales.models.daily import DailySales
from mcn.sales.models.differences import ImportDifference
from mcn.sales.models.entries import Entry
from mcn.sales.models.events import EarningEvent
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine
from mcn.sales.models.states import FormerLine, FormerPart

__all__ = [
    "DailySales",
    "EarningEvent",
    "Entry",
    "FormerLine",
    "FormerPart",
    "ImportDifference",
    "LinePart",
    "OrderLine",
    "SalesImport",
]
