"""Pages of long lists: the next page begins after the last row seen, so page 40,000 costs what page 1 costs.

Nothing is counted and nothing skipped; rows that arrive meanwhile neither repeat nor hide others.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class KeysetPage:
    """One page. `previous` and `next` are values for the query's `at`; empty where there is nothing more."""

    rows: list[Any]
    previous: str
    next: str


def keyset_page(rows: QuerySet, *, by: str, at: str = "", size: int = 50, descending: bool = True) -> KeysetPage:
    """The page of `rows` at the place `at` (empty or unreadable: the first), sorted by the field `by`, then pk.

    `by` must not hold NULL, and an index should lead with agency, `by`, id.
    """
    direction, value, pk = _read(rows, by, at)
    backwards = direction == BEFORE
    down = descending != backwards
    sign = "-" if down else ""
    if direction:
        step = "lt" if down else "gt"
        rows = rows.filter(Q(**{f"{by}__{step}": value}) | Q(**{by: value, f"pk__{step}": pk}))
    found = list(rows.order_by(f"{sign}{by}", f"{sign}pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    has_previous = more if backwards else bool(direction)
    has_next = bool(direction) if backwards else more
    return KeysetPage(
        found,
        _place(BEFORE, found[0], by) if found and has_previous else "",
        _place(AFTER, found[-1], by) if found and has_next else "",
    )


def _place(direction: str, row: Any, by: str) -> str:
    field = row._meta.get_field(by)
    return f"{direction}.{row.pk}.{field.value_to_string(row)}"


def _read(rows: QuerySet, by: str, at: str) -> tuple[str, Any, Any]:
    direction, _dot, rest = at.partition(".")
    pk, _dot, value = rest.partition(".")
    if direction in {BEFORE, AFTER} and pk.isascii() and pk.isdigit() and len(pk) < 19:
        try:
            return direction, rows.model._meta.get_field(by).to_python(value), int(pk)
        except ValidationError:
            pass
    return "", None, None
