"""What the platforms have and do: the credentials they know, their orders, tokens and troubles."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.sales.platform_files import rows_of

ZONE = ZoneInfo("Asia/Shanghai")
Answer = tuple[int, Any]
Row = dict[str, Any]

ENTERED: dict[str, dict[str, str]] = {
    "douyin_institution": {
        "app_key": "7000111122223333",
        "app_secret": "dy-secret-1f2e3d",
        "refresh_token": "dy-refresh-0",
    },
    "douyin_phases": {"app_key": "7000111122223333", "app_secret": "dy-secret-1f2e3d", "refresh_token": "dy-refresh-0"},
    "taobao_api": {"app_key": "30011223", "app_secret": "tb-secret-0d1e2f"},
    "taobao_refunds": {"app_key": "30011223", "app_secret": "tb-secret-0d1e2f"},
    "kuaishou_api": {
        "app_key": "ks0001112223334",
        "app_secret": "ks-secret-7a8b9c",
        "sign_secret": "ks-sign-4d5e6f",
        "refresh_token": "ks-refresh-0",
    },
    "wechat_league": {"appid": "wx00aa11bb22cc33", "secret": "wx-secret-9c8b7a"},
    "jd_union": {"app_key": "jd00112233445566", "app_secret": "jd-secret-5a6b7c"},
    "pdd_duoduo": {"client_id": "pdd00112233445566", "client_secret": "pdd-secret-3c2b1a"},
}
KEYS = {
    "douyin_institution": ("order_id",),
    "douyin_phases": ("order_id", "phase_id"),
    "taobao_api": ("trade_id",),
    "taobao_refunds": ("refund_suit_id",),
    "kuaishou_api": ("oid",),
    "wechat_league": ("order_id", "sku_id"),
    "jd_union": ("id",),
    "pdd_duoduo": ("order_sn",),
}
CHANGED = {
    "douyin_institution": "update_time",
    "douyin_phases": "update_time",
    "taobao_api": "modified_time",
    "taobao_refunds": "modified_time",
    "kuaishou_api": "updateTime",
    "wechat_league": "update_time",
    "jd_union": "modifyTime",
    "pdd_duoduo": "order_modify_at",
}


class Time:
    """A clock that only goes on when somebody sleeps."""

    def __init__(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=ZONE)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def api_rows(code: str) -> list[Row]:
    """The rows of the format's sample file as the API has them: numbers as numbers, ids as texts."""
    header, *rows = rows_of(code)
    return [{name: _typed(cell) for name, cell in zip(header, row, strict=True)} for row in rows]


def _typed(cell: str) -> Any:
    return int(cell) if cell.isdigit() and len(cell) < 9 else cell


def changed_at(code: str, row: Row) -> datetime:
    """When the platform last changed the row."""
    value = row[CHANGED[code]]
    if isinstance(value, str) and not value.isdigit():
        return datetime.fromisoformat(value).replace(tzinfo=ZONE)
    number = int(value)
    return datetime.fromtimestamp(number / 1000 if code == "kuaishou_api" else number, ZONE)


def clones(code: str, row: Row, count: int) -> Iterator[Row]:
    """So many orders like this one."""
    name = KEYS[code][0]
    for number in range(count):
        yield {**row, name: f"{str(row[name])[:-4]}{number + 5000:04d}"}


@dataclass
class Platforms:
    """What the platforms have and do."""

    time: Time
    orders: dict[str, list[Row]] = field(default_factory=dict)
    troubles: deque[str] = field(default_factory=deque)
    page_size: int = 3
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    after_call: Callable[[int], None] | None = None
    token_number: int = 0
    token_ends_at: datetime | None = None
    address: str = ""

    def between(self, code: str, start: datetime, end: datetime) -> list[Row]:
        found = [row for row in self.orders.get(code, []) if start <= changed_at(code, row) <= end]
        return sorted(found, key=lambda row: (changed_at(code, row), str(row[KEYS[code][0]])))

    @property
    def token(self) -> str:
        return f"token-{self.token_number}"

    def new_token(self, seconds: int) -> None:
        self.token_number += 1
        self.token_ends_at = self.time.now + timedelta(seconds=seconds)

    def token_is_good(self, token: str) -> bool:
        return token == self.token and self.token_ends_at is not None and self.time.now < self.token_ends_at

    def listed(self, method: str, parameters: dict[str, Any]) -> str:
        """Note a request for orders; the trouble it meets, or nothing."""
        self.asked.append((method, parameters))
        if self.after_call is not None:
            self.after_call(len(self.asked))
        return self.troubles.popleft() if self.troubles else ""

    def page(self, rows: list[Row], cursor: str, trouble: str) -> tuple[list[Row], str]:
        """A page and the cursor of the next; "double" gives the same page once more under another cursor."""
        number, _again, _mark = cursor.partition(";")
        at = int(number or 0)
        following = at + self.page_size
        page = rows[at:following]
        if trouble == "double":
            return page, f"{at};again"
        return page, str(following) if following < len(rows) else ""


def dated(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


def md5(parameters: dict[str, str], secret: str) -> str:
    text = secret + "".join(name + parameters[name] for name in sorted(parameters)) + secret
    return hashlib.md5(text.encode()).hexdigest().upper()


def take(of: Platforms, trouble: str) -> str:
    """The next trouble, if it is this one."""
    return of.troubles.popleft() if of.troubles and of.troubles[0] == trouble else ""


def common(trouble: str, keys: dict[str, str]) -> Answer:
    """What any server may answer."""
    told = dict.fromkeys(("sub_msg", "errmsg", "error_msg"), f"bad: {' '.join(keys.values())}")
    return {
        "500": (500, "<html>Internal Server Error</html>"),
        "429": (429, "Too Many Requests"),
        "garbage": (200, '{"code": 10000, "data": {"orders": [{"order_id": "69'),
        "empty": (200, {}),
        "list": (200, []),
        "redirect": (302, ""),
        "tell": (
            200,
            {"code": 1, "result": 2, "errcode": 3, **told},
        ),
    }[trouble]
