"""Pages of long lists: the next page begins after the last row seen, so page 40,000 costs what page 1 costs.

Nothing is counted and nothing skipped; rows that arrive meanwhile neither repeat nor hide others.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

BEFORE, AFTER = "before", "after"
BETWEEN = "~"  # values of two fields


@dataclass(frozen=True)
class KeysetPage:
    """One page. `previous` and `next` are values for the query's `at`; empty where there is nothing more."""

    rows: list[Any]
    previous: str
    next: str


def keyset_page(
    rows: QuerySet, *, by: str | tuple[str, ...], at: str = "", size: int = 50, descending: bool = True
) -> KeysetPage:
    """The page of `rows` at the place `at` (empty or unreadable: the first), sorted by the fields `by`, then pk.

    None of them may hold NULL, and an index should lead with agency and the first of them.
    """
    fields = (by,) if isinstance(by, str) else by
    direction, values, pk = _read(rows, fields, at)
    backwards = direction == BEFORE
    down = descending != backwards
    sign = "-" if down else ""
    if direction:
        rows = rows.filter(_beyond(dict(zip(fields, values, strict=True)), pk, "lt" if down else "gt"))
    found = list(rows.order_by(*(f"{sign}{field}" for field in (*fields, "pk")))[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_previous = more if backwards else bool(direction)
    has_next = bool(direction) if backwards else more
    return KeysetPage(
        found,
        _place(BEFORE, found[0], fields) if found and has_previous else "",
        _place(AFTER, found[-1], fields) if found and has_next else "",
    )


def _beyond(values: dict[str, Any], pk: int, step: str) -> Q:
    """Rows that come after this place in the order; the first field is also bounded by itself, which an index finds."""
    first = next(iter(values))
    after, same = Q(), Q()
    for field, value in {**values, "pk": pk}.items():
        after |= same & Q(**{f"{field}__{step}": value})
        same &= Q(**{field: value})
    return Q(**{f"{first}__{step}e": values[first]}) & after


def _place(direction: str, row: Any, fields: tuple[str, ...]) -> str:
    values = (row._meta.get_field(field).value_to_string(row) for field in fields)
    return f"{direction}.{row.pk}.{BETWEEN.join(values)}"


def _read(rows: QuerySet, fields: tuple[str, ...], at: str) -> tuple[str, list[Any], int]:
    direction, _dot, rest = at.partition(".")
    pk, _dot, text = rest.partition(".")
    values = text.split(BETWEEN)
    if direction in {BEFORE, AFTER} and pk.isascii() and pk.isdigit() and len(pk) < 19 and len(values) == len(fields):
        try:
            pairs = zip(fields, values, strict=True)
            return direction, [rows.model._meta.get_field(field).to_python(value) for field, value in pairs], int(pk)
        except ValidationError:
            pass
    return "", [], 0
