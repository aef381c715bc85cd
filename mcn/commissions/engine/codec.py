"""Exact JSON for the engine's dataclasses.

Frozen inputs are kept for years and hashed, so nothing may be lost: amounts are integers, fractions are text
such as "7/20", decimals, dates and moments are text, moments in UTC. Reading checks the type of every value. What was
frozen before a field was added lacks its key, and reads as the field's default.
"""

import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from mcn.core.periods import Period

T = TypeVar("T")


class CodecError(ValueError):
    """The JSON does not describe the wanted value; the message names the place in it."""


def to_json(value: Any) -> Any:
    """Plain JSON data of a dataclass of the engine, or of any value it may hold. Raises TypeError for
    floats.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{value.isoformat()} has no offset from UTC")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (Fraction, Decimal, Period, ZoneInfo)):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _shape(type(value))}
    raise TypeError(f"{type(value).__name__} has no exact JSON form here")


def from_json(cls: type[T], data: Any) -> T:
    """Value of the wanted type from what `to_json` wrote. Raises CodecError where the data does not fit."""
    return typing.cast(T, _read(cls, data, cls.__name__))


@cache
def _shape(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


@cache
def _required(cls: type) -> frozenset[str]:
    return frozenset(
        field.name for field in fields(cls) if field.default is MISSING and field.default_factory is MISSING
    )


_FROM_TEXT: dict[Any, Any] = {
    Fraction: Fraction,
    Decimal: Decimal,
    date: date.fromisoformat,
    time: time.fromisoformat,
    datetime: datetime.fromisoformat,
    Period: Period.parse,
    ZoneInfo: ZoneInfo,
}


def _read(wanted: Any, data: Any, place: str) -> Any:
    origin = typing.get_origin(wanted)
    if origin in (typing.Union, types.UnionType):
        (inner,) = (arg for arg in typing.get_args(wanted) if arg is not type(None))
        return None if data is None else _read(inner, data, place)
    if origin is typing.Literal:
        if data in typing.get_args(wanted):
            return data
    elif origin is tuple:
        if isinstance(data, list):
            parts = typing.get_args(wanted)
            if parts[-1] is Ellipsis:
                return tuple(_read(parts[0], item, f"{place}[{i}]") for i, item in enumerate(data))
            if len(parts) == len(data):
                pairs = zip(parts, data, strict=True)
                return tuple(_read(part, item, f"{place}[{i}]") for i, (part, item) in enumerate(pairs))
    elif wanted in _FROM_TEXT:
        if isinstance(data, str):
            try:
                return _FROM_TEXT[wanted](data)
            except (ValueError, ArithmeticError, OSError) as error:
                raise CodecError(f"{place}: {error}") from error
    elif wanted in (int, str, bool):
        if type(data) is wanted:
            return data
    elif is_dataclass(wanted) and isinstance(wanted, type) and isinstance(data, dict):
        shape = _shape(wanted)
        odd = (data.keys() - shape.keys()) | (_required(wanted) - data.keys())
        if odd:
            raise CodecError(f"{place}: missing or unknown keys: {', '.join(sorted(odd))}")
        return wanted(
            **{name: _read(kind, data[name], f"{place}.{name}") for name, kind in shape.items() if name in data}
        )
    raise CodecError(f"{place}: {data!r} is not what stands here")
