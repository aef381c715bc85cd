"""Platform sales files to normalised order lines; one module per format, see `registry`."""

from mcn.sales.importers.files import Batch, LinesRepeat, Part, SalesFile, open_sales_file
from mcn.sales.importers.registry import FORMATS

__all__ = ["FORMATS", "Batch", "LinesRepeat", "Part", "SalesFile", "open_sales_file"]
