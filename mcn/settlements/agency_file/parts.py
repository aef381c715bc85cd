"""A mapping of the file with its path: reads typed values, and says where one is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP
from mcn.core.errors import DomainError, RuleError
from mcn.core.money import MoneyError, fen_from_yuan, rate_from_text

MONEY_REASONS = {
    "not_an_amount": _("%(value)s is not an amount in yuan such as 1234.56."),
    "too_many_decimals": _("%(value)s has more than two decimals; a fen is the smallest amount."),
    "too_large": _("%(value)s is larger than any amount this system counts."),
    "not_a_rate": _("%(value)s is not a rate such as 0.35."),
    "rate_out_of_range": _("%(value)s is not between 0 and 1."),
    "rate_too_fine": _("%(value)s has more than six decimals."),
}


def _money(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    def converted(text: str) -> Any:
        try:
            return convert(text)
        except MoneyError as error:
            raise RuleError(MONEY_REASONS[error.code], value=text) from error

    return converted


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RuleError(_("There is no day %(value)s."), value=text) from error


def _hours(text: str) -> Decimal:
    hours = Decimal(text)
    if hours != round(hours, 2) or hours >= 10_000:
        raise RuleError(_("%(value)s is not a number of hours with at most two decimals."), value=text)
    return hours


class Part:
    """One mapping of the file. A key that is not there reads as KEEP: the record keeps what it has."""

    def __init__(self, data: dict[str, Any], path: str) -> None:
        self.data = data
        self.path = path

    def place(self, key: str) -> str:
        """The path of a key, or of the mapping itself for an empty one."""
        return f"{self.path}.{key}" if self.path and key and key[0] != "[" else f"{self.path}{key}"

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def _value(self, key: str, convert: Callable[[str], Any], null: Any, absent: Any) -> Any:
        value = self.data.get(key, KEEP)
        if value is KEEP:
            return absent
        if value is None:
            return null
        try:
            return convert(value)
        except RuleError as error:
            error.field = key
            raise

    def text(self, key: str, *, absent: Any = KEEP) -> Any:
        """Text without spaces around it; null reads as empty."""
        return self._value(key, str.strip, "", absent)

    def flag(self, key: str, *, absent: Any = KEEP) -> Any:
        return self.data.get(key, absent)

    def fen(self, key: str, *, absent: Any = KEEP) -> Any:
        """An amount in yuan, as fen."""
        return self._value(key, _money(fen_from_yuan), None, absent)

    def rate(self, key: str, *, absent: Any = KEEP) -> Any:
        return self._value(key, _money(rate_from_text), None, absent)

    def date(self, key: str, *, absent: Any = KEEP) -> Any:
        return self._value(key, _date, None, absent)

    def count(self, key: str, *, absent: Any = KEEP) -> Any:
        return self._value(key, int, None, absent)

    def hours(self, key: str, *, absent: Any = KEEP) -> Any:
        return self._value(key, _hours, None, absent)

    def time(self, key: str) -> Any:
        return self._value(key, time.fromisoformat, None, KEEP)

    def moment(self, key: str, zone: ZoneInfo) -> Any:
        """A point in time; without an offset it is in `zone`, the agency's."""

        def convert(text: str) -> datetime:
            try:
                moment = datetime.fromisoformat(text)
            except ValueError as error:
                raise RuleError(_("There is no time %(value)s."), value=text) from error
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)

        return self._value(key, convert, None, KEEP)

    def details(self, key: str) -> Any:
        """A small mapping of texts, such as a bank account, without its empty values."""
        value = self.data.get(key, KEEP)
        return value if value is KEEP else {name: text for name, text in (value or {}).items() if text}

    def part(self, key: str) -> "Part | None":
        value = self.data.get(key)
        return None if value is None else Part(value, self.place(key))

    def required(self, key: str) -> "Part":
        """A part that the schema insists on."""
        return Part(self.data[key], self.place(key))

    def parts(self, key: str) -> "Iterator[Part]":
        for index, item in enumerate(self.data.get(key) or []):
            yield Part(item, f"{self.place(key)}[{index}]")

    def texts(self, key: str) -> list[str]:
        return [text.strip() for text in self.data.get(key) or []]


@contextmanager
def inside(above: Part, part: Part) -> Iterator[None]:
    """Errors raised inside name a key of `part`; they leave naming their place relative to the part above it."""
    try:
        yield
    except DomainError as error:
        error.field = part.place(error.field or "")[len(above.path) :].lstrip(".")
        raise
