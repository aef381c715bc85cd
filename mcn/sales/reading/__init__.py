"""Bytes to tables of text: encodings, archives, spreadsheets, and what can be wrong with them."""

from mcn.sales.reading.containers import check_size
from mcn.sales.reading.errors import SalesFileError
from mcn.sales.reading.limits import ReadingLimits

__all__ = ["ReadingLimits", "SalesFileError", "check_size"]
