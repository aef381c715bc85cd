"""Where a line comes from, to the cell."""

import polars as pl

from mcn.sales.models import OrderLine
from mcn.tenancy import files

_PLACE = ("row_number", "file", "sheet")


def raw_row(line: OrderLine) -> dict[str, str]:
    """The cells of the row that the line's present state comes from, by header, as the platform wrote them.

    Without buyers' personal data. Empty if the line was never in an order list.
    """
    rows_file = line.sales_import.rows_file
    if not rows_file or line.status == OrderLine.Status.UNKNOWN:
        return {}
    for path in sorted(files.path_of(rows_file).glob("*.parquet")):
        found = pl.scan_parquet(path).filter(pl.col("row_number") == line.row_number).collect()
        for row in found.iter_rows(named=True):
            cells = {name: cell for name, cell in row.items() if name not in _PLACE and cell is not None}
            # An archive has a row of this number in each of its tables.
            # A line may be named by several of its cells together; its order stands in one of them then.
            if any(line.line_key in cell or line.order_key in cell for cell in cells.values()):
                return cells
    return {}
