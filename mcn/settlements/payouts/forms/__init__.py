"""The files that banks take: what stands in each column, and the bytes (docs/money.md §11).

The built-in forms are `BUILT_IN`; an agency's own is a list of columns of its paying account.
"""

from mcn.settlements.payouts.forms.columns import SOURCES, Column, columns_of, lacking
from mcn.settlements.payouts.forms.files import content, digest, file_name, layout_of, total_of, write

__all__ = [
    "SOURCES",
    "Column",
    "columns_of",
    "content",
    "digest",
    "file_name",
    "lacking",
    "layout_of",
    "total_of",
    "write",
]
