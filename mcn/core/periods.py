"""Months of account and business dates (docs/money.md §0).

A business date is the date on the agency's own clock: local time in its zone less the hour at which its day
starts. A period is the calendar month of a business date, half-open: `start` belongs to it, `end` does not.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_TEXT = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A calendar month, written YYYY-MM. Periods sort in time."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1 <= self.year <= 9998):
            raise ValueError(f"{self.year}-{self.month} is no month")

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Period of the text "2026-07". Raises ValueError for anything else."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no month written as YYYY-MM")
        return cls(int(found["year"]), int(found["month"]))

    @classmethod
    def of(cls, day: date) -> "Period":
        """Period that holds a business date."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """First day of the next period: the first that is not in this one."""
        return self.next.start

    @property
    def last_day(self) -> date:
        """Last day that is in the period."""
        return self.end - timedelta(days=1)

    @property
    def next(self) -> "Period":
        """The following month."""
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    @property
    def previous(self) -> "Period":
        """The month before."""
        return Period(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def business_date(moment: datetime, zone: ZoneInfo, day_starts_at: time = time(0)) -> date:
    """Business date of a moment: (local time in the agency's zone − start of its day).date().

    Raises ValueError for a moment without an offset: nobody can say which day it is on.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no offset from UTC")
    local = moment.astimezone(zone).replace(tzinfo=None)
    return (local - timedelta(hours=day_starts_at.hour, minutes=day_starts_at.minute)).date()


def business_day_start(day: date, zone: ZoneInfo, day_starts_at: time = time(0)) -> datetime:
    """First moment of a business date, in UTC: what a query on stored times compares with."""
    local = datetime.combine(day, time(day_starts_at.hour, day_starts_at.minute), tzinfo=zone)
    return local.astimezone(UTC)


def settling_period(own: Period, last_closed: Period | None) -> Period:
    """Period that settles something dated in `own`: its own month, or, when that is closed, the first open
    one.

    Periods close in order, so the first open one follows the last closed one (docs/money.md §2).
    """
    if last_closed is not None and own <= last_closed:
        return last_closed.next
    return own
