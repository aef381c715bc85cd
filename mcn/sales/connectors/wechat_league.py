"""WeChat 优选联盟: the commission orders of an agency (机构). A list names them, a second call gives each one.

The access token is asked for with appid and secret (the stable token, which does not end one that another program of
the agency uses) and lasts two hours.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.sales.connectors.apis import (
    Api,
    Call,
    Codes,
    Fault,
    Gateway,
    Key,
    Keys,
    Malformed,
    Request,
    Row,
    Window,
    by_cursor,
)

LIST = "channels/ec/league/headsupplier/order/list/get"
ORDER = "channels/ec/league/headsupplier/order/get"
ROOT = "commssion_order"  # the platform's spelling


def _request(keys: Keys, method: str, parameters: dict[str, Any], now: datetime) -> Request:
    return Request(f"/{method}", {"access_token": keys["access_token"]}, body=json.dumps(parameters))


def _renew(keys: Keys, now: datetime) -> Request:
    asked = {"grant_type": "client_credential", "appid": keys["appid"], "secret": keys["secret"]}
    return Request("/cgi-bin/stable_token", body=json.dumps(asked))


def _fault(answer: Mapping[str, Any]) -> Fault | None:
    if "errcode" not in answer and "access_token" not in answer:
        raise Malformed
    code = str(answer.get("errcode") or 0)
    return None if code == "0" else Fault((code,), str(answer.get("errmsg") or ""))


def _pages(call: Call, window: Window) -> Iterator[list[Row]]:
    span = {"start_time": int(window.start.timestamp()), "end_time": int(window.end.timestamp())}
    parameters = {"page_size": 30, "update_time_range": span}
    seen: set[tuple[str, str]] = set()
    for page in by_cursor(_while_more(call), LIST, parameters, name="next_key", rows="list"):
        named = [(str(row.get("order_id")), str(row.get("sku_id"))) for row in page]
        new = [pair for pair in dict.fromkeys(named) if pair not in seen]
        seen.update(new)
        yield [_order(call, *pair) for pair in new]


def _while_more(call: Call) -> Call:
    """The call, whose answers name a next page only while there is one."""

    def answered(method: str, parameters: dict[str, Any]) -> Any:
        data = call(method, {name: value for name, value in parameters.items() if value != ""})
        return data if data.get("has_more") else {**data, "next_key": ""}

    return answered


def _order(call: Call, order_id: str, sku_id: str) -> Row:
    order = call(ORDER, {"order_id": order_id, "sku_id": sku_id}).get(ROOT)
    if not isinstance(order, dict):
        raise Malformed
    return order


GATEWAY = Gateway(
    host="wechat",
    keys=(Key("appid", _("AppID")), Key("secret", _("AppSecret"))),
    request=_request,
    fault=_fault,
    data=lambda answer: answer,
    codes=Codes(
        slow_down=frozenset({"45011", "-1"}),
        token=frozenset({"40001", "40014", "42001"}),
        credentials=frozenset({"40013", "40125"}),
        permission=frozenset({"48001"}),
        address=frozenset({"40164"}),
        quota=frozenset({"45009"}),
    ),
    renew=_renew,
)
ORDERS = Api(
    code="wechat_league",
    format="wechat_league",
    platform="wechat",
    method=LIST,
    gateway=GATEWAY,
    # The documentation names no longest window and no end of the history: these are ours.
    longest=timedelta(days=1),
    history=timedelta(days=90),
    pages=_pages,
    pause_seconds=0.1,
)
