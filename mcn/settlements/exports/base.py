"""What every kind of export tells: its columns, its rows as SQL, and what its totals have to be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connections
from django.utils.functional import Promise

from mcn.core.exports import Column, Query, Text
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency


@dataclass(frozen=True)
class Export:
    """One kind of export of one month.

    `query` gives the rows in the file's order. `expected` gives, for columns that can be added up, the sum that
    other tables say they have: the check row of the xlsx compares with it. `size` is about how many rows there
    will be, where that can be many.
    """

    label: str | Promise
    columns: Sequence[Column]
    query: Callable[[Agency, Period, Text], Query]
    expected: Callable[[Agency, Period], Mapping[str, Decimal | int]]
    size: Callable[[Period], int] = lambda period: 0


def parameters(agency: Agency, period: Period) -> dict[str, Any]:
    """The parameters that the queries of all exports share."""
    return {
        "agency": agency.pk,
        "period": period.code,
        "period_id": period.pk,
        "day_starts_at": agency.day_starts_at,
    }


def sums(sql: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The one row of a query, by column name."""
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
        return {field.name: value for field, value in zip(cursor.description, row, strict=True)}


# Where an earning event or an entry comes from, as in every file: an event by platform, order and line; an entry
# by its code in the place of the order. An entry is dated at the beginning of its business day.
LOCAL_TIME = "to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SSTZH:TZM')"
ENTRY_MOMENT = "(n.date + %(day_starts_at)s::time)::timestamptz"
