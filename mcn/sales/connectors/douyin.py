"""Douyin 抖店开放平台: orders of an institution's anchors, and their settlements in phases.

Both need the authorisation of an account in the role 电商MCN机构. The access token lasts days; each refresh gives a
new refresh token and ends the old one.
"""

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
    beijing,
    by_cursor,
)
from mcn.sales.connectors.signing import compact, hmac_hex, strung


def _request(keys: Keys, method: str, parameters: dict[str, Any], now: datetime) -> Request:
    body = compact(parameters)
    signed = {
        "app_key": keys["app_key"],
        "method": method,
        "param_json": body,
        "timestamp": beijing(now),
        "v": "2",
    }
    secret = keys["app_secret"]
    query = {name: value for name, value in signed.items() if name != "param_json"}
    query |= {"sign": hmac_hex(f"{secret}{strung(signed)}{secret}", secret), "sign_method": "hmac-sha256"}
    if "access_token" in keys:
        query["access_token"] = keys["access_token"]
    return Request(f"/{method.replace('.', '/')}", query, body=body)


def _renew(keys: Keys, now: datetime) -> Request:
    entered = {name: keys[name] for name in ("app_key", "app_secret")}
    parameters = {"grant_type": "refresh_token", "refresh_token": keys["refresh_token"]}
    return _request(entered, "token.refresh", parameters, now)


def _fault(answer: Mapping[str, Any]) -> Fault | None:
    if "code" not in answer:
        raise Malformed
    code = str(answer["code"])
    if code == "10000":
        return None
    return Fault((code, str(answer.get("sub_code") or "")), str(answer.get("sub_msg") or answer.get("msg") or ""))


GATEWAY = Gateway(
    host="douyin",
    keys=(
        Key("app_key", _("App Key")),
        Key("app_secret", _("App Secret")),
        Key("refresh_token", _("Refresh token"), _("Of the authorisation by the institution's account.")),
    ),
    request=_request,
    fault=_fault,
    data=lambda answer: answer.get("data"),
    codes=Codes(
        slow_down=frozenset({"60000", "isv.business-failed:256"}),
        token=frozenset({"isv.access-token-expired", "isv.access-token-no-existed"}),
        credentials=frozenset(
            {
                "isv.signature-invalid",
                "isv.access-token-invalid",
                "isv.app-id-invalid",
                "isv.app-id-missing",
                "isv.app-id-expired",
                "dop.authorization-no-existed",
                "dop.authorization-closed",
            }
        ),
        permission=frozenset({"30001", "isv.business-failed:4196", "isv.authorization-type-invalid"}),
        address=frozenset({"30002"}),
    ),
    renew=_renew,
    renewed=lambda answer: answer.get("data") or {},
)


def _pages(method: str, size: int, rows: str) -> Any:
    def pages(call: Call, window: Window) -> Iterator[list[Row]]:
        parameters = {
            "size": size,
            "start_time": beijing(window.start),
            "end_time": beijing(window.end),
            "time_type": "update",
        }
        return by_cursor(call, method, parameters, name="cursor", rows=rows, first="0")

    return pages


ORDERS = Api(
    code="douyin_institution",
    format="douyin_institution",
    platform="douyin",
    method="buyin.instituteOrderMCN",
    gateway=GATEWAY,
    longest=timedelta(days=90),
    history=timedelta(days=89),  # the platform refuses what began more than 90 days ago
    pages=_pages("buyin.instituteOrderMCN", 200, "orders"),
)
PHASES = Api(
    code="douyin_phases",
    format="douyin_phases",
    platform="douyin",
    method="buyin.MCNMultiSettlementOrders",
    gateway=GATEWAY,
    longest=timedelta(days=90),
    history=timedelta(days=89),
    pages=_pages("buyin.MCNMultiSettlementOrders", 100, "orders"),
)
