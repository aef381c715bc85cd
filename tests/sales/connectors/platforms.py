"""The platforms on this machine: a server that answers, refuses and fails as their documentation says.

It checks every signature by itself, knows the tokens it gave, refuses windows that are too long, and does what a test
puts into `troubles`, one after the other, at the next requests for orders.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

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
    "kuaishou_api": ("oid",),
    "wechat_league": ("order_id", "sku_id"),
    "jd_union": ("id",),
    "pdd_duoduo": ("order_sn",),
}
CHANGED = {
    "douyin_institution": "update_time",
    "douyin_phases": "update_time",
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


def _dated(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


def _md5(parameters: dict[str, str], secret: str) -> str:
    text = secret + "".join(name + parameters[name] for name in sorted(parameters)) + secret
    return hashlib.md5(text.encode()).hexdigest().upper()


class Douyin:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys = ENTERED["douyin_institution"]
        method = query["method"]
        assert path == "/" + method.replace(".", "/")
        signed = {**{name: query[name] for name in ("app_key", "method", "timestamp", "v")}, "param_json": body}
        text = keys["app_secret"] + "".join(k + signed[k] for k in sorted(signed)) + keys["app_secret"]
        sign = hmac.new(keys["app_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
        asked = json.loads(body)
        if sign != query["sign"] or query["app_key"] != keys["app_key"] or list(asked) != sorted(asked):
            return self.fault(40003, "isv.signature-invalid", "签名校验失败")
        if abs(_dated(query["timestamp"]) - self.of.time.now) > timedelta(minutes=10):
            return self.fault(40003, "isv.timestamp-invalid", "时间戳不合法")
        if method == "token.refresh":
            return self.refresh(asked)
        if not self.of.token_is_good(query.get("access_token", "")):
            return self.fault(40003, "isv.access-token-expired", "access_token已过期")
        return self.orders(method, asked)

    def refresh(self, asked: dict[str, Any]) -> Answer:
        current = f"dy-refresh-{self.of.token_number}"
        if asked != {"grant_type": "refresh_token", "refresh_token": current}:
            return self.fault(50001, "dop.token-generate-failed:token-expired", "生成token失败，token已过期")
        self.of.new_token(7 * 86400)
        data = {
            "access_token": self.of.token,
            "expires_in": 7 * 86400,
            "refresh_token": f"dy-refresh-{self.of.token_number}",
        }
        return 200, {"code": 10000, "msg": "success", "data": data}

    def orders(self, method: str, asked: dict[str, Any]) -> Answer:
        code, most = {
            "buyin.instituteOrderMCN": ("douyin_institution", 200),
            "buyin.MCNMultiSettlementOrders": ("douyin_phases", 100),
        }[method]
        trouble = self.of.listed(method, asked)
        if trouble == "slow":
            return self.fault(60000, "", "触发限流，请稍后重试")
        if trouble == "token":
            self.of.token_ends_at = self.of.time.now
            return self.fault(40003, "isv.access-token-expired", "access_token已过期")
        if trouble == "permission":
            return self.fault(50002, "isv.business-failed:4196", "需【电商MCN机构】角色授权后访问")
        if trouble:
            return _common(trouble, ENTERED[code])
        start, end = _dated(asked["start_time"]), _dated(asked["end_time"])
        too_old = start < self.of.time.now - timedelta(days=90)
        if not 1 <= asked["size"] <= most or start > end or end - start > timedelta(days=90) or too_old:
            return self.fault(40004, "isv.parameter-invalid:1036", "参数校验失败：无效时间区间")
        assert asked["time_type"] == "update"
        rows, cursor = self.of.page(self.of.between(code, start, end), asked["cursor"], self.double())
        return 200, {"code": 10000, "msg": "success", "data": {"orders": rows, "cursor": cursor}}

    def double(self) -> str:
        return _take(self.of, "double")

    @staticmethod
    def fault(code: int, sub_code: str, message: str) -> Answer:
        return 200, {"code": code, "msg": message, "sub_code": sub_code, "sub_msg": message}


class Kuaishou:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def refresh(self, form: dict[str, str]) -> Answer:
        keys = ENTERED["kuaishou_api"]
        expected = {
            "grant_type": "refresh_token",
            "refresh_token": f"ks-refresh-{self.of.token_number}",
            "app_id": keys["app_key"],
            "app_secret": keys["app_secret"],
        }
        if form != expected:
            return 200, {"result": 100200102, "error": "access_denied", "error_msg": "refreshToken.discarded"}
        self.of.new_token(172800)
        return 200, {
            "result": 1,
            "access_token": self.of.token,
            "expires_in": 172800,
            "refresh_token": f"ks-refresh-{self.of.token_number}",
        }

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys = ENTERED["kuaishou_api"]
        sign = query.pop("sign")
        text = "&".join(f"{k}={query[k]}" for k in sorted(query)) + f"&signSecret={keys['sign_secret']}"
        made = base64.b64encode(hmac.new(keys["sign_secret"].encode(), text.encode(), hashlib.sha256).digest()).decode()
        if sign != made or query["appkey"] != keys["app_key"]:
            return 200, {"result": 21, "error_msg": "签名验证失败"}
        if not self.of.token_is_good(query["access_token"]):
            return 200, {"result": 100200102, "error": "access_denied", "error_msg": "invalid access_token"}
        asked = json.loads(query["param"])
        trouble = self.of.listed(query["method"], asked)
        if trouble == "slow":
            return 200, {"result": 802000, "error_msg": "请求过于频繁"}
        if trouble == "token":
            self.of.token_ends_at = self.of.time.now
            return 200, {"result": 100200102, "error": "access_denied", "error_msg": "invalid access_token"}
        if trouble == "permission":
            return 200, {"result": 100200106, "error": "invalid_scope", "error_msg": "token中无scope的权限"}
        if trouble:
            return _common(trouble, keys)
        start, end = (datetime.fromtimestamp(asked[name] / 1000, ZONE) for name in ("beginTime", "endTime"))
        if end - start > timedelta(days=7) or start < self.of.time.now - timedelta(days=90) or asked["pageSize"] > 100:
            return 200, {"result": 804000, "error_msg": "查询时间范围不合法"}
        assert (asked["queryType"], asked["cpsOrderStatus"]) == (2, 0)
        found = [nested_kuaishou(row) for row in self.of.between("kuaishou_api", start, end)]
        rows, cursor = self.of.page(found, asked["pcursor"], _take(self.of, "double"))
        return 200, {"result": 1, "msg": "success", "data": {"orderView": rows, "pcursor": cursor or "nomore"}}


class WeChat:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys, asked = ENTERED["wechat_league"], json.loads(body)
        if path == "/cgi-bin/stable_token":
            if (asked.get("appid"), asked.get("secret")) != (keys["appid"], keys["secret"]):
                return 200, {"errcode": 40125, "errmsg": f"invalid appsecret {asked.get('secret')}"}
            self.of.new_token(7200)
            return 200, {"access_token": self.of.token, "expires_in": 7200}
        if not self.of.token_is_good(query["access_token"]):
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        if path == "/channels/ec/league/headsupplier/order/get":
            for row in self.of.orders["wechat_league"]:
                if (row["order_id"], str(row["sku_id"])) == (asked["order_id"], asked["sku_id"]):
                    return 200, {"errcode": 0, "errmsg": "ok", "commssion_order": nested_wechat(row)}
            return 200, {"errcode": 10024000, "errmsg": "参数错误"}
        assert path == "/channels/ec/league/headsupplier/order/list/get"
        trouble = self.of.listed(path, asked)
        if trouble == "slow":
            return 200, {"errcode": 45011, "errmsg": "api minute-quota reach limit"}
        if trouble == "token":
            self.of.token_ends_at = self.of.time.now
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        if trouble == "permission":
            return 200, {"errcode": 48001, "errmsg": "api unauthorized"}
        if trouble == "quota":
            return 200, {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
        if trouble:
            return _common(trouble, keys)
        span = asked["update_time_range"]
        start, end = (datetime.fromtimestamp(span[name], ZONE) for name in ("start_time", "end_time"))
        if asked["page_size"] > 30:
            return 200, {"errcode": 10024000, "errmsg": "参数错误"}
        found = self.of.between("wechat_league", start, end)
        rows, cursor = self.of.page(found, asked.get("next_key", ""), _take(self.of, "double"))
        named = [{"order_id": row["order_id"], "sku_id": row["sku_id"]} for row in rows]
        # The key of the last page is no end: only has_more says that there is one.
        return 200, {"errcode": 0, "list": named, "next_key": cursor or "last", "has_more": bool(cursor)}


class JD:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, form: dict[str, str], body: str) -> Answer:
        keys, form = ENTERED["jd_union"], dict(form)
        sign = form.pop("sign")
        if sign != _md5(form, keys["app_secret"]) or form["app_key"] != keys["app_key"]:
            return 200, {"error_response": {"code": "11", "zh_desc": "无效签名", "en_desc": "Invalid signature"}}
        asked = json.loads(form["360buy_param_json"])["orderReq"]
        trouble = self.of.listed(form["method"], asked)
        if trouble == "permission":
            return self.result({"code": 403, "message": "无访问权限"})
        if trouble:
            return _common(trouble, keys)
        start, end = _dated(asked["startTime"]), _dated(asked["endTime"])
        if end - start >= timedelta(hours=1) or asked["pageSize"] > 200:
            return self.result({"code": 400, "message": "查询时间范围须小于1小时"})
        assert asked["type"] == 3
        found = self.of.between("jd_union", start, end)
        at = (asked["pageIndex"] - 1) * asked["pageSize"]
        rows = found[at : at + asked["pageSize"]]
        more = at + asked["pageSize"] < len(found)
        return self.result({"code": 200, "message": "success", "data": rows or None, "hasMore": more})

    @staticmethod
    def result(inner: dict[str, Any]) -> Answer:
        text = json.dumps(inner, ensure_ascii=False)
        return 200, {"jd_union_open_order_row_query_responce": {"code": "0", "queryResult": text}}


class Pinduoduo:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys, asked = ENTERED["pdd_duoduo"], json.loads(body)
        sign = asked.pop("sign")
        if sign != _md5(asked, keys["client_secret"]) or asked["client_id"] != keys["client_id"]:
            return self.fault(20004, "签名校验失败")
        trouble = self.of.listed(asked["type"], dict(asked))
        if trouble == "slow":
            return self.fault(70031, "调用过于频繁，请调整调用频率")
        if trouble == "permission":
            return self.fault(20031, "用户没有授权访问此接口")
        if trouble:
            return _common(trouble, keys)
        start, end = (datetime.fromtimestamp(int(asked[n]), ZONE) for n in ("start_update_time", "end_update_time"))
        size, page = int(asked["page_size"]), int(asked["page"])
        if end - start > timedelta(hours=24) or not 10 <= size <= 100:
            return self.fault(50001, "查询时间不能超过24小时")
        found = self.of.between("pdd_duoduo", start, end)
        rows = found[(page - 1) * size : page * size]
        return 200, {"order_list_get_response": {"order_list": rows, "total_count": len(found), "request_id": "1"}}

    @staticmethod
    def fault(code: int, message: str) -> Answer:
        return 200, {"error_response": {"error_code": code, "error_msg": message, "sub_code": None, "sub_msg": message}}


def _take(of: Platforms, trouble: str) -> str:
    """The next trouble, if it is this one."""
    return of.troubles.popleft() if of.troubles and of.troubles[0] == trouble else ""


def _common(trouble: str, keys: dict[str, str]) -> Answer:
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


def nested_kuaishou(row: Row) -> Row:
    """An order as the API has it, the product in a list of its own."""
    inner = ("itemId", "num", "commissionRate", "estimatedIncome", "serviceRate")
    return {
        **{name: value for name, value in row.items() if name not in inner},
        "cpsOrderProductView": [{name: row[name] for name in inner}],
    }


def nested_wechat(row: Row) -> Row:
    """A commission order as the API has it."""
    person = ("nickname", "ratio", "amount")
    return {
        "order_id": row["order_id"],
        "sku_id": row["sku_id"],
        "status": row["commission_status"],
        "create_time": row["create_time"],
        "update_time": row["update_time"],
        "order_detail": {
            "shop_info": {"appid": row["shop_appid"]},
            "product_info": {name: row[name] for name in ("product_id", "product_cnt", "actual_payment")},
            "order_info": {"order_status": row["order_status"], "pay_time": row["pay_time"]},
        },
        "commission_info": {
            "finder_info": {name: row[f"finder_{name}"] for name in person},
            "talent_info": {name: row[f"talent_{name}"] for name in person},
            **{
                name: row[name]
                for name in ("service_ratio", "service_total_amount", "platform_amount", "service_amount")
            },
            "profit_sharding_suc_time": row["profit_sharding_suc_time"],
        },
    }


class _Handler(BaseHTTPRequestHandler):
    platforms: Platforms
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer in two pieces would wait 40 ms for the first one's receipt

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""

    def _answer(self) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        status, content = self._route(address.path, query, body)
        data = (content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.platforms.address}/elsewhere?{address.query}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _route(self, path: str, query: dict[str, str], body: str) -> Answer:
        of = self.platforms
        if path == "/elsewhere":
            raise AssertionError("a redirect was followed")
        if path == "/oauth2/refresh_token":
            return Kuaishou(of).refresh(dict(parse_qsl(body)))
        if path == "/routerjson":
            return JD(of)(path, dict(parse_qsl(body)), body)
        if path == "/api/router":
            return Pinduoduo(of)(path, query, body)
        if path.startswith("/open/"):
            assert self.command == "GET"
            return Kuaishou(of)(path, query, body)
        if path.startswith(("/buyin/", "/token/")):
            return Douyin(of)(path, query, body)
        return WeChat(of)(path, query, body)


@pytest.fixture
def platforms(settings: Any) -> Iterator[Platforms]:
    """All platforms at one address of this machine, on 2026-06-04 at noon."""
    made = Platforms(Time("2026-06-04 12:00:00"))
    handler = type("Handler", (_Handler,), {"platforms": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    settings.SALES_API_ADDRESSES = dict.fromkeys(settings.SALES_API_ADDRESSES, made.address)
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
