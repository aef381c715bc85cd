"""Pinduoduo 多多进宝: promotion orders by the time of their change. There is no token.

The pages have to be read from the last to the first: an order that changes meanwhile leaves its place and moves the
ones after it forward, so that reading onwards would miss some.
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
    rows_of,
)
from mcn.sales.connectors.signing import compact, md5_upper, strung

METHOD = "pdd.ddk.order.list.increment.get"
PAGE_SIZE, MOST_PAGES = 50, 10_000


def _request(keys: Keys, method: str, parameters: dict[str, Any], now: datetime) -> Request:
    body = {
        "client_id": keys["client_id"],
        "data_type": "JSON",
        "timestamp": str(int(now.timestamp())),
        "type": method,
        **{name: str(value) for name, value in parameters.items()},
    }
    secret = keys["client_secret"]
    return Request("/api/router", body=compact(body | {"sign": md5_upper(f"{secret}{strung(body)}{secret}")}))


def _fault(answer: Mapping[str, Any]) -> Fault | None:
    refused = answer.get("error_response")
    if not isinstance(refused, Mapping):
        return None
    codes = (str(refused.get("error_code")), str(refused.get("sub_code") or ""))
    return Fault(codes, str(refused.get("sub_msg") or refused.get("error_msg") or ""))


def _pages(call: Call, window: Window) -> Iterator[list[Row]]:
    asked: dict[str, Any] = {
        "start_update_time": int(window.start.timestamp()),
        "end_update_time": int(window.end.timestamp()),
        "page_size": PAGE_SIZE,
        "return_count": "true",
    }
    first = call(METHOD, {**asked, "page": 1})
    rows = rows_of(first, "order_list")
    try:
        last = -(-int(first.get("total_count") or len(rows)) // PAGE_SIZE)
    except (TypeError, ValueError):
        raise Malformed from None
    if last > MOST_PAGES:
        raise Malformed
    yield rows
    if last > 1:
        for number in range(last, 0, -1):
            yield rows_of(call(METHOD, {**asked, "page": number}), "order_list")


GATEWAY = Gateway(
    host="pinduoduo",
    keys=(Key("client_id", _("Client ID")), Key("client_secret", _("Client Secret"))),
    request=_request,
    fault=_fault,
    data=lambda answer: answer.get("order_list_get_response"),
    codes=Codes(
        slow_down=frozenset({"52101", "70031"}),
        credentials=frozenset({"20004"}),
        permission=frozenset({"20031"}),
        address=frozenset({"20005"}),
        quota=frozenset({"70036"}),
    ),
)
ORDERS = Api(
    code="pdd_duoduo",
    format="pdd_duoduo",
    platform="pinduoduo",
    method=METHOD,
    gateway=GATEWAY,
    longest=timedelta(hours=24),
    history=timedelta(days=89),  # the platform goes back 90 days
    pages=_pages,
)
