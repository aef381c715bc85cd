"""Kuaishou 快手电商开放平台: CPS orders of one anchor, whose account has authorised the application (分销).

The access token lasts 48 hours. Each refresh gives a new refresh token, which ends when the first one would have:
after 180 days the anchor has to authorise again.
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
from mcn.sales.connectors.signing import hmac_base64

METHOD = "open.distribution.cps.distributor.order.cursor.list"
FINE = "1"
BY_CHANGE, OLDEST_FIRST, ANY_STATE = 2, 2, 0


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _request(keys: Keys, method: str, parameters: dict[str, Any], now: datetime) -> Request:
    query = {
        "access_token": keys["access_token"],
        "appkey": keys["app_key"],
        "method": method,
        "param": json.dumps(parameters),
        "signMethod": "HMAC_SHA256",
        "timestamp": str(_milliseconds(now)),
        "version": "1",
    }
    secret = keys["sign_secret"]
    text = "&".join(f"{name}={query[name]}" for name in sorted(query)) + f"&signSecret={secret}"
    return Request(f"/{method.replace('.', '/')}", query | {"sign": hmac_base64(text, secret)}, verb="GET")


def _renew(keys: Keys, now: datetime) -> Request:
    return Request(
        "/oauth2/refresh_token",
        form={
            "grant_type": "refresh_token",
            "refresh_token": keys["refresh_token"],
            "app_id": keys["app_key"],
            "app_secret": keys["app_secret"],
        },
    )


def _fault(answer: Mapping[str, Any]) -> Fault | None:
    if "result" not in answer:
        raise Malformed
    result = str(answer["result"])
    if result == FINE:
        return None
    reason = answer.get("error_msg") or answer.get("msg") or answer.get("error") or ""
    return Fault((result, str(answer.get("code") or "")), str(reason))


def _pages(call: Call, window: Window) -> Iterator[list[Row]]:
    parameters = {
        "sortType": OLDEST_FIRST,
        "queryType": BY_CHANGE,
        "beginTime": _milliseconds(window.start),
        "endTime": _milliseconds(window.end),
        "cpsOrderStatus": ANY_STATE,
        "pageSize": 100,
    }
    return by_cursor(call, METHOD, parameters, name="pcursor", rows="orderView", last=frozenset({"", "nomore"}))


GATEWAY = Gateway(
    host="kuaishou",
    keys=(
        Key("app_key", _("App Key")),
        Key("app_secret", _("App Secret")),
        Key("sign_secret", _("Sign Secret"), _("Not the App Secret: the application's page shows both.")),
        Key("refresh_token", _("Refresh token"), _("Of the authorisation by the anchor's account.")),
    ),
    request=_request,
    fault=_fault,
    data=lambda answer: answer.get("data"),
    codes=Codes(
        slow_down=frozenset({"802000"}),
        token=frozenset({"100200102"}),
        credentials=frozenset({"100200101", "100200105"}),
        permission=frozenset({"100200106"}),
    ),
    renew=_renew,
)
ORDERS = Api(
    code="kuaishou_api",
    format="kuaishou_api",
    platform="kuaishou",
    method=METHOD,
    gateway=GATEWAY,
    longest=timedelta(days=7),
    history=timedelta(days=89),  # the platform goes back 90 days
    pages=_pages,
)
