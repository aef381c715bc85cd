"""Text cells to exact values: whole columns at once for the usual form, value by value for the unusual ones.

Amounts never pass through floating point; what cannot be read exactly is refused, never rounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl

# Blanks, byte order marks and zero-width characters that exports leave around values.
_BLANKS = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b\u200c\u200e\u200f\u2060"
_INVISIBLE = re.compile("[\\s\u00a0\u3000\ufeff\u200b-\u200f\u2060]+")
_NOTHING = ["", "-", "--", "—", "——", "–", "计算中"]

_YUAN = r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"
_FEN = r"^-?[0-9]{1,15}$"
_NUMBER = r"^[0-9]{1,64}$"
_ID = r"^[0-9A-Za-z_\-]{1,64}$"
_LOST_DIGITS = r"^[+-]?[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+$"
_LOST_DIGITS_SURELY = r"^[+-]?[0-9]+(\.[0-9]+)?[eE]\+[0-9]+$"
_LONG_NUMBER = r"^[0-9]{16,64}$"
_ZEROED = r"^[0-9]{15}0+$"
_COUNT = r"^[0-9]{1,9}$"

_AMOUNT = re.compile(
    r"(?P<outer>[+-]?)(?:¥|RMB|CNY)?(?P<inner>[+-]?)"
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+\.?[0-9]*|\.[0-9]+)元?"
)
_TIME = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?"
    r"(?:[ T]*([0-9]{1,2})[:时]([0-9]{1,2})分?(?::?([0-9]{1,2})秒?)?(?:\.[0-9]+)?)?"
)
_LONGEST_ACCOUNT = 120
_LARGEST = 10**15
_EARLIEST, _LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 — bounds of zone-less values
_SERIAL_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 — what spreadsheets count days from, zone-less


@dataclass(frozen=True)
class Parsed:
    """A column read: the values, and where a cell held something unreadable, the code of the reason."""

    values: pl.Series
    refused: pl.Series | None = None


def tidy(cells: pl.Series) -> pl.Series:
    """Text without blanks, invisible marks and a leading `'` around it; the marks for “nothing” are null."""
    if cells.null_count() == cells.len():
        return cells
    text = cells.str.strip_chars(_BLANKS)
    if text.str.starts_with("'").any():
        text = text.str.strip_chars_start(_BLANKS + "'")
    return text.set(text.is_in(_NOTHING).fill_null(False), None)


def parse_text(cells: pl.Series) -> Parsed:
    return Parsed(tidy(cells))


def parse_id(cells: pl.Series) -> Parsed:
    """Identifiers. Refused: scientific notation (its last digits are lost) and what is no identifier."""

    def unusual(value: str) -> str:
        text = compact(value)
        if re.match(_LOST_DIGITS, text):
            raise Unreadable("lost_digits")
        if not re.match(_ID, text):
            raise Unreadable("bad_id")
        return text

    text = tidy(cells)
    usual = text.str.contains(_NUMBER)
    if _many(~usual):
        usual = text.str.contains(_ID) & ~text.str.contains(_LOST_DIGITS)
    return _with_unusual(text, usual, text, unusual)


def is_zeroed(cells: pl.Series) -> pl.Series:
    """Which identifiers look as if a spreadsheet had kept 15 of their digits and written zeros for the others."""
    return tidy(cells).str.contains(_ZEROED).fill_null(False)


def are_zeroed(cells: pl.Series) -> bool:
    """Whether a spreadsheet took the last digits of the long identifiers of a column.

    One may end in zeros by chance. Of different ones more than half, with four zeros in all, do so in less than one
    file of 10,000.
    """
    text = tidy(cells).unique()
    long = text.filter(text.str.contains(_LONG_NUMBER).fill_null(False))
    ends = long.filter(is_zeroed(long)).str.len_chars()
    return 2 * ends.len() > long.len() and int((ends.cast(pl.Int64) - 15).sum()) >= 4


def parse_account(cells: pl.Series) -> Parsed:
    """Account numbers, which may hold any characters. Refused: scientific notation, more than 120 characters."""

    def unusual(value: str) -> str:
        raise Unreadable("lost_digits" if re.match(_LOST_DIGITS_SURELY, value) else "bad_id")

    text = tidy(cells)
    usual = ~text.str.contains(_LOST_DIGITS_SURELY) & (text.str.len_chars() <= _LONGEST_ACCOUNT)
    return _with_unusual(text, usual, text, unusual)


def parse_yuan(cells: pl.Series) -> Parsed:
    """Amounts in yuan, as fen. Refused: parts of a fen and what is no amount."""

    def unusual(value: str) -> int:
        return _whole(_decimal(value).scaleb(2), "too_many_decimals")

    text, usual = _matching(cells, _YUAN)
    fen = text.set(~usual, None).cast(pl.Decimal(18, 2)).to_physical().cast(pl.Int64)
    return _with_unusual(text, usual, fen, unusual)


def parse_fen(cells: pl.Series) -> Parsed:
    """Amounts in whole fen. Refused: parts of a fen and what is no amount."""

    def unusual(value: str) -> int:
        return _whole(_decimal(value), "too_many_decimals")

    text, usual = _matching(cells, _FEN)
    return _with_unusual(text, usual, text.set(~usual, None).cast(pl.Int64), unusual)


def parse_count(cells: pl.Series) -> Parsed:
    """Quantities: whole numbers from 0."""

    def unusual(value: str) -> int:
        try:
            count = _whole(_decimal(value), "not_count")
        except Unreadable:
            raise Unreadable("not_count") from None
        if not 0 <= count < 10**9:
            raise Unreadable("not_count")
        return count

    text, usual = _matching(cells, _COUNT)
    return _with_unusual(text, usual, text.set(~usual, None).cast(pl.Int64), unusual)


def parse_moment(cells: pl.Series, zone: str) -> Parsed:
    """Moments as UTC. Without an offset they are in `zone` (the agency's).

    Read are dates with `-`, `/`, `.` or 年月日, with or without seconds or time, serial days of a
    spreadsheet, and seconds or milliseconds since 1970; 0 and 1 there mean “not yet”.
    """
    local = ZoneInfo(zone)

    def unusual(value: str) -> datetime | None:
        return None if value in ("0", "1") else _moment(value, local)

    text = cells
    naive = _usual_times(text)
    if _many(text.is_not_null() & naive.is_null()):
        text = tidy(text)
        if _many(text.is_not_null() & naive.is_null()):
            naive = _usual_times(text.str.replace_all("/", "-", literal=True).str.replace("T", " ", literal=True))
    moments = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    usual = moments.is_not_null() & naive.is_between(_EARLIEST, _LATEST)
    return _with_unusual(text, usual, moments, unusual)


def parse_day(cells: pl.Series, zone: str) -> Parsed:
    """Days as their last second, in UTC: so they are that business day wherever the agency's day starts."""
    read = parse_moment(cells, zone)
    days = read.values.dt.convert_time_zone(zone).dt.truncate("1d").dt.offset_by("1d").dt.offset_by("-1s")
    return Parsed(days.dt.convert_time_zone("UTC"), read.refused)


def parse_word(cells: pl.Series, meanings: Mapping[str, str]) -> Parsed:
    """Words of a closed list, as what they mean here. Refused: any other word."""

    def unusual(value: str) -> str:
        word = compact(value)
        if word not in meanings:
            raise Unreadable("unknown_status")
        return meanings[word]

    known = cells.replace_strict(meanings, default=None, return_dtype=pl.String)
    return _with_unusual(cells, known.is_not_null(), known, unusual)


class Unreadable(Exception):
    """A single value that cannot be read; carries the code of the reason."""


def with_each_read(cells: pl.Series, read: Callable[[str], object], dtype: pl.DataType | type[pl.DataType]) -> Parsed:
    """Cells whose distinct texts are few: each is read once by `read`, which raises Unreadable."""
    nothing = pl.Series(cells.name, [None] * cells.len(), dtype=dtype)
    return _with_unusual(cells, nothing.is_not_null(), nothing, read)


def _many(unusual: pl.Series) -> bool:
    """Whether so many cells are unusual that all are better tidied at once than one by one."""
    return unusual.fill_null(False).arg_true().len() > unusual.len() // 8


def _matching(cells: pl.Series, pattern: str) -> tuple[pl.Series, pl.Series]:
    """The cells, tidied if it takes that, and which of them match."""
    usual = cells.str.contains(pattern)
    if _many(~usual):
        cells = tidy(cells)
        usual = cells.str.contains(pattern)
    return cells, usual


def _usual_times(text: pl.Series) -> pl.Series:
    return text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")


def _with_unusual(text: pl.Series, usual: pl.Series, values: pl.Series, read: Callable[[str], object]) -> Parsed:
    """Completes `values` where `usual` is false, reading each distinct text once."""
    rest = text.is_not_null() & ~usual.fill_null(False)
    if not rest.any():
        return Parsed(values)
    odd = text.filter(rest).unique()
    readings, reasons = [], []
    for value in odd:
        reading, reason = None, None
        stripped = value.rstrip(_BLANKS).lstrip(_BLANKS + "'")
        if stripped not in _NOTHING:
            try:
                reading = read(stripped)
            except Unreadable as error:
                reason = str(error)
        readings.append(reading)
        reasons.append(reason)
    odd_text = text.set(~rest, None)
    read_values = odd_text.replace_strict(
        odd, pl.Series(readings, dtype=values.dtype), default=None, return_dtype=values.dtype
    )
    refused = odd_text.replace_strict(odd, pl.Series(reasons, dtype=pl.String), default=None, return_dtype=pl.String)
    return Parsed(values.zip_with(~rest, read_values), refused)


def compact(value: str) -> str:
    """A value in half width, without blanks and invisible marks in it."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", value)).lstrip("'")


def _whole(number: Decimal, code: str) -> int:
    if number != number.to_integral_value():
        raise Unreadable(code)
    return int(number)


def _decimal(value: str) -> Decimal:
    """A number with currency signs, thousands separators or brackets for “negative”, exactly."""
    text = compact(value).replace("−", "-")
    bracketed = text.startswith("(") and text.endswith(")")
    match = _AMOUNT.fullmatch(text[1:-1] if bracketed else text)
    if match is None or len(text) > 40:
        raise Unreadable("not_money")
    signs = match["outer"] + match["inner"]
    if len(signs) > 1 or (signs and bracketed):
        raise Unreadable("not_money")
    number = Decimal(match["digits"].replace(",", ""))
    if number >= _LARGEST:
        raise Unreadable("not_money")
    return -number if bracketed or signs == "-" else number


def _moment(value: str, local: ZoneInfo) -> datetime:
    text = _INVISIBLE.sub(" ", unicodedata.normalize("NFKC", value)).strip()
    naive = None
    try:
        if match := _TIME.fullmatch(text):
            year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
            naive = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 — zone set below
        elif re.fullmatch(r"[0-9]{10}|[0-9]{13}", text):
            seconds = int(text) // (1000 if len(text) == 13 else 1)
            moment = datetime.fromtimestamp(seconds, UTC)
            if not _EARLIEST <= moment.replace(tzinfo=None) < _LATEST:
                raise Unreadable("not_time")
            return moment
        elif re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
            naive = _SERIAL_DAY_ZERO + timedelta(seconds=int((Decimal(text) * 86400).to_integral_value()))
        else:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
            naive = moment
    except (ValueError, OverflowError):
        raise Unreadable("not_time") from None
    if not _EARLIEST <= naive < _LATEST:
        raise Unreadable("not_time")
    moment = naive.replace(tzinfo=local).astimezone(UTC)
    if moment.astimezone(local).replace(tzinfo=None) != naive:
        raise Unreadable("not_time")  # a time the clocks skipped
    return moment
