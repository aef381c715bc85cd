"""Times in a way of writing that somebody named, because the cells alone do not tell it."""

from __future__ import annotations

from typing import Final

import polars as pl

from mcn.sales.reading.cells import Parsed, parse_moment, tidy

AUTOMATIC: Final = "auto"

# Way of writing → which cells are in it, and what makes a date of them that is read like any other. Whatever of the
# year stands first in is never ambiguous, so it is read beside the day or the month first, too: a column of a workbook
# may hold both, typed dates and typed-in texts.
_YEAR_FIRST = r"^[0-9]{4}[-/.年]"
_DAY_OR_MONTH_FIRST = r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})((?:[ T,].*)?)$"
_REWRITTEN: dict[str, tuple[str, str]] = {
    "dmy": (_DAY_OR_MONTH_FIRST, "$3-$2-$1$4"),
    "mdy": (_DAY_OR_MONTH_FIRST, "$3-$1-$2$4"),
    "digits": (r"^([0-9]{4})([0-9]{2})([0-9]{2})(?:[ T]?([0-9]{2}):?([0-9]{2}):?([0-9]{2}))?$", ""),
}
_ONLY: dict[str, str] = {
    "ymd": _YEAR_FIRST,
    "seconds": r"^([01]|[0-9]{10})$",  # 0 and 1 mean “not yet”
    "milliseconds": r"^([01]|[0-9]{13})$",
    "serial": r"^[0-9]{5}(\.[0-9]+)?$",
}
WAYS: Final = (AUTOMATIC, "ymd", "dmy", "mdy", "digits", "seconds", "milliseconds", "serial")
"""Automatic; year, day or month first; 20260731 or 20260731193000; seconds or milliseconds since 1970; days of a
spreadsheet."""


def parse_written(cells: pl.Series, zone: str, way: str) -> Parsed:
    """Moments as UTC, written in one of `WAYS`. Refused as `not_time`: what is written otherwise.

    Without an offset they are in `zone` (the agency's), as in `cells.parse_moment`.
    """
    if way == AUTOMATIC:
        return parse_moment(cells, zone)
    text = tidy(cells)
    if way in _ONLY:
        foreign = text.is_not_null() & ~text.str.contains(_ONLY[way])
        return _but(foreign, parse_moment(text.set(foreign, None), zone))
    pattern, order = _REWRITTEN[way]
    if way == "digits":
        foreign = text.is_not_null() & ~text.str.contains(pattern)
        parts = text.str.extract_groups(pattern).struct
        date = [parts.field(str(place)) for place in (1, 2, 3)]
        time = [parts.field(str(place)).fill_null("00") for place in (4, 5, 6)]
        dated = date[0] + "-" + date[1] + "-" + date[2] + " " + time[0] + ":" + time[1] + ":" + time[2]
        return _but(foreign, parse_moment(dated, zone))
    foreign = text.is_not_null() & ~text.str.contains(pattern) & ~text.str.contains(_YEAR_FIRST)
    dated = text.set(foreign, None).str.replace(pattern, order).str.replace(",", "", literal=True)
    return _but(foreign, parse_moment(dated, zone))


def _but(foreign: pl.Series, parsed: Parsed) -> Parsed:
    """What was read, with the cells that are written otherwise refused."""
    if not foreign.any():
        return parsed
    refused = parsed.refused if parsed.refused is not None else pl.Series([None] * foreign.len(), dtype=pl.String)
    return Parsed(parsed.values, refused.set(foreign, "not_time"))
