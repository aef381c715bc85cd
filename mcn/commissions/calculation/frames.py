"""Rows between the database and column frames: only whole numbers, days and packed arrays of them cross over.

So no text of an order can be mistaken for a separator.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from django.db import connections

from mcn.commissions.calculation.tables import execute, make
from mcn.core.copying import as_copied

PIECES = 16  # a month of a hundred million rows is some 400 MB a piece: below what one value may hold


def read(rows: str, columns: Mapping[str, str], parameters: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a query; `columns`: names, and the SQL of whole numbers, of which the first is an id.

    Several processes of the database may work on the query and on its text; with COPY only one could.
    """
    schema = dict.fromkeys(columns, pl.Int64)
    values = list(columns.values())
    pieces = execute(
        f"""select string_agg(row({", ".join(values)})::text, E'\\n')
        from ({rows}) m group by {values[0]} %% {PIECES}""",
        parameters,
    )
    found = [pl.DataFrame(schema=schema)]
    while pieces:  # one by one, so that texts and frames are not in memory together
        (text,) = pieces.pop()
        numbers = text.replace("(", "").replace(")", "").encode()
        found.append(pl.read_csv(numbers, has_header=False, schema=schema, quote_char=None))
    return pl.concat(found, rechunk=True)


def put(name: str, columns: str, rows: pl.DataFrame, *, joined: bool = True) -> None:
    """Make the temporary table `name` of a frame without texts.

    `joined`: the planner learns about it.
    """
    make(name, columns)
    with (
        connections["default"].cursor() as cursor,
        cursor.cursor.copy(f"copy {name} ({', '.join(rows.columns)}) from stdin") as copy,
    ):
        copy.write(as_copied(rows))
    if joined:
        execute(f"analyze {name}")
