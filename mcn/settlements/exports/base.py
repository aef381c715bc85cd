"""What every kind of export tells: its columns, its rows, and what its totals have to be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connections
from django.utils.functional import Promise

from mcn.anchors.models import Payee
from mcn.core.exports import Column, Table
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency

# An entry stands where an event would: its code in the place of the order, dated at the start of its business day.
ENTRY_MOMENT = "(n.date + %(day_starts_at)s::time)::timestamptz"


@dataclass(frozen=True)
class Export:
    """One kind of export of one month.

    `frames` gives the rows in the file's order. `expected` gives, for columns that can be added up, the sum (fen)
    that other tables say they have: the check row of the xlsx compares with it; None for a file that another
    programme reads, which has no such rows. `size` is about how many rows there will be, where that can be many.
    `further` are columns that only some months have, last. `permission` is asked for besides the right to export.
    `check` raises a DomainError for a month that it cannot be made of. `reveals` gives the payees whose personal data
    (`revealed`) the file holds in full: each is written to the audit trail.
    """

    label: str | Promise
    columns: Sequence[Column]
    frames: Callable[[Agency, Period], Iterator[pl.DataFrame | Table]]
    expected: Callable[[Agency, Period], Mapping[str, int]] | None
    size: Callable[[Period], int] = lambda period: 0
    further: Callable[[Period], Sequence[Column]] = lambda period: ()
    permission: str = ""
    check: Callable[[Period], None] = lambda period: None
    reveals: Callable[[Period], Sequence[Payee]] = lambda period: ()
    revealed: Sequence[str] = ("id_number",)

    def columns_of(self, period: Period) -> Sequence[Column]:
        """The columns of a month's file."""
        return (*self.columns, *self.further(period))


def parameters(agency: Agency, period: Period) -> dict[str, Any]:
    """The parameters that the queries of all exports share."""
    return {
        "agency": agency.pk,
        "period": period.code,
        "period_id": period.pk,
        "day_starts_at": agency.day_starts_at,
    }


def sums(sql: str, params: Mapping[str, Any]) -> dict[str, int]:
    """The whole numbers of a query's one row, by column name."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return {field.name: int(value) for field, value in zip(cursor.description, row, strict=True)}
