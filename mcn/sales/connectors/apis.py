"""What one platform API is: declared, so that the rules of all of them can be read side by side.

A gateway is what the APIs of one platform have in common (address, signing, tokens, error codes); an API adds the
method, the window, the paging and the format that its rows have. Sources: the platforms' documentation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PLATFORM_ZONE = ZoneInfo("Asia/Shanghai")
"""All platforms write their times in Beijing's, without saying so."""

Keys = Mapping[str, str]
"""A connection's credentials by name: what was entered, and the tokens that the platform gave for it."""
Row = dict[str, Any]
Call = Callable[[str, dict[str, Any]], Any]
"""Calls a method of the API with its parameters; the answer's data."""


class Malformed(Exception):
    """An answer lacks what the API's documentation promises."""


@dataclass(frozen=True)
class Key:
    """A credential that people enter. `label` is the platform's own word for it."""

    name: str
    label: Any
    help_text: Any = ""


@dataclass(frozen=True)
class Request:
    """What is sent: a path below the platform's address, a query, and a JSON body or a form."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    form: Mapping[str, str] | None = None
    verb: str = "POST"


@dataclass(frozen=True)
class Fault:
    """The platform's error codes, the most general first, and its own words."""

    codes: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Codes:
    """Which of the platform's error codes mean what. Every other one ends the run with the platform's words."""

    slow_down: frozenset[str] = frozenset()
    token: frozenset[str] = frozenset()
    credentials: frozenset[str] = frozenset()
    permission: frozenset[str] = frozenset()
    address: frozenset[str] = frozenset()
    quota: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Gateway:
    """What the APIs of one platform have in common.

    `host` names the address in the setting SALES_API_ADDRESSES, `request` signs a call, `fault` finds the error in an
    answer, `data` what was asked for. `renew` asks for a new access token where there are such; `renewed` reads the
    tokens from the answer: access_token, expires_in (seconds), and refresh_token where it is replaced.
    """

    host: str
    keys: tuple[Key, ...]
    request: Callable[[Keys, str, dict[str, Any], datetime], Request]
    fault: Callable[[Mapping[str, Any]], Fault | None]
    data: Callable[[Mapping[str, Any]], Any]
    codes: Codes
    renew: Callable[[Keys, datetime], Request] | None = None
    renewed: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict


@dataclass(frozen=True)
class Window:
    """From `start` until `end`, by the platform's time of the last change."""

    start: datetime
    end: datetime


def _never(rows: list[Row], today: date) -> date | None:
    return None


@dataclass(frozen=True)
class Api:
    """One list of orders that a platform gives.

    `method` is its name, `format` the sales format of its rows. `longest` is the longest window of one request,
    `history` how far back the platform goes (or, where it does not say, how far we ask), `pause_seconds` the least
    time between two requests. `pages` yields the rows of a window, page by page, however the platform pages.
    `needs_account`: its rows do not name the account. `come_back` is the day from which on rows fetched on `today`
    say something else although the platform does not change them; `overlap_days` is the proposed re-scan.
    """

    code: str
    format: str
    platform: str
    method: str
    gateway: Gateway
    longest: timedelta
    history: timedelta
    pages: Callable[[Call, Window], Iterator[list[Row]]]
    pause_seconds: float = 0.2
    needs_account: bool = False
    overlap_days: int = 3
    come_back: Callable[[list[Row], date], date | None] = _never


def rows_of(data: Any, name: str) -> list[Row]:
    """The list of objects `name` in an answer's data; an absent or null list is an empty one. Raises Malformed."""
    if not isinstance(data, Mapping):
        raise Malformed
    found = data.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Malformed
    return found


def by_cursor(
    call: Call,
    method: str,
    parameters: dict[str, Any],
    *,
    name: str,
    rows: str,
    first: str = "",
    last: frozenset[str] = frozenset({""}),
    follow: str = "",
) -> Iterator[list[Row]]:
    """The pages of a list whose answers name the next page, until they name none or have no rows.

    `name` is the cursor's parameter, `follow` its field in the answer where it is called otherwise. Raises Malformed
    where a page names itself as the next: there would be no end.
    """
    cursor = first
    while True:
        data = call(method, {**parameters, name: cursor})
        page = rows_of(data, rows)
        yield page
        following = str(data.get(follow or name) or "")
        if following in last or not page:
            return
        if following == cursor:
            raise Malformed
        cursor = following


def beijing(moment: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss` in Beijing's time."""
    return f"{moment.astimezone(PLATFORM_ZONE):%Y-%m-%d %H:%M:%S}"
