"""Column frames as PostgreSQL's COPY takes them in its text format, which it reads fastest."""

import io

import polars as pl

_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the backslash first
_TO_ESCAPE = r"[\\\t\n\r]"


def as_copied(rows: pl.DataFrame) -> memoryview:
    """The rows as text for `copy … from stdin`: cells parted by tabs, `\\N` for null. Whatever a text holds, it is the
    same in the table.
    """
    out = io.BytesIO()
    rows.with_columns(_escaped(column) for column in rows if _needs_escapes(column)).write_csv(
        out, include_header=False, separator="\t", quote_style="never", null_value="\\N"
    )
    return out.getbuffer()


def _needs_escapes(column: pl.Series) -> bool:
    return column.dtype == pl.String and bool(column.str.contains(_TO_ESCAPE).any())


def _escaped(column: pl.Series) -> pl.Series:
    for mark, written in _ESCAPES.items():
        column = column.str.replace_all(mark, written, literal=True)
    return column
