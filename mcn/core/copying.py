"""Rows between PostgreSQL and this process by COPY, the fastest way in and out: whole blocks of text.

Nothing here looks at a single row: psycopg's own `Copy` takes as long over a million rows as the database does.
"""

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl
import psycopg
from django.db import connections
from psycopg.pq import ExecStatus

BYTES_A_BLOCK = 12_000_000
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # the backslash first
_TO_ESCAPE = r"[\\\t\n\r]"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Query:
    """A query with its parameters by name. It selects one expression for each column."""

    sql: str
    params: Mapping[str, Any]


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


def copied(query: Query, form: str = "text") -> Iterator[bytes]:
    """The query's rows as `csv` or `text`, in blocks of limited size: one message of the protocol after the other.

    Taken from libpq itself, in one loop: psycopg's `Copy` takes as long over a million rows as the database does.
    Raises psycopg's errors as it would.
    """
    with connections["default"].cursor() as cursor:  # which refuses where the scope would not hold
        statement = cursor.mogrify(f"copy ({query.sql}) to stdout (format {form})", query.params)
        connection = cursor.connection
    server = connection.pgconn
    result = server.exec_(statement.encode())
    if result.status == ExecStatus.COPY_OUT:
        take, rows = server.get_copy_data, bytearray()
        try:
            while (taken := take(0))[0] > 0:
                rows += taken[1]
                if len(rows) > BYTES_A_BLOCK:
                    yield bytes(rows)
                    rows.clear()
            if rows:
                yield bytes(rows)
        except GeneratorExit:  # whoever reads gave up; the transaction cannot go on, the connection can
            with suppress(psycopg.Error):
                connection.cancel_safe()
                while take(0)[0] > 0:
                    pass
            while not connection.closed and server.get_result():
                pass
            raise
        result = server.get_result()
        server.get_result()  # None: the connection is ready for its next command
    if result is None or result.status != ExecStatus.COMMAND_OK:
        raise psycopg.errors.error_from_result(result)


def cells(query: Query, columns: Sequence[str], numbers: Collection[str] = ()) -> Iterator[pl.DataFrame]:
    """The query's rows in frames of limited size, each cell as PostgreSQL copies it out: a text keeps its escapes and
    null is `\\N`, so that `as_lines` gives the same bytes again. `numbers` are whole and never null.

    While the rows of one frame arrive, those of the one before become a frame.
    """
    types = {name: pl.Int64 if name in numbers else pl.String for name in columns}

    def framed(rows: bytes) -> pl.DataFrame:
        return pl.read_csv(rows, has_header=False, separator="\t", quote_char=None, schema=types)

    yield from beside(framed, copied(query))


def as_lines(rows: pl.DataFrame) -> bytes:
    """Cells of `cells`, and whole numbers, as PostgreSQL would copy them out."""
    out = io.BytesIO()
    rows.write_csv(out, include_header=False, separator="\t", quote_style="never")
    return out.getvalue()


def beside(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What `work` makes of each item, in their order; while it works on one in a thread, the next is made here.

    Whatever either raises is raised here; `work` must not use the database.
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        before: Future[R] | None = None
        for item in items:
            following = worker.submit(work, item)
            if before:
                yield before.result()
            before = following
        if before:
            yield before.result()
