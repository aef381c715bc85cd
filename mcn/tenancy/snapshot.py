"""One unchanging view of the database for work that reads it in several queries."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from psycopg import IsolationLevel


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction in which every query sees the same moment (REPEATABLE READ).

    The level is set before BEGIN, as the scope is the transaction's first query. Inside a transaction that is
    already open its own level counts.
    """
    connection = connections["default"]
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    connection.ensure_connection()
    driver = connection.connection
    driver.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with transaction.atomic():
            yield
    finally:
        if not driver.closed:
            driver.isolation_level = None
