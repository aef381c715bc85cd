"""Taobao 淘宝联盟: a promoter's orders by the time of their change, and the refunds after settlement beside them.

Both lists are of the account that the application belongs to: there is no authorisation and no token. Source: the
pages of 淘宝开放平台 on `taobao.tbk.order.details.get` (API 43328), on `taobao.tbk.order.refund.get` (65180), on how
calls are signed (document 101617) and on the error codes of the gateway.

The older refund list, `taobao.tbk.relation.refund`, is not asked: it takes no end of a window, does not go by the
time of change, and its rows do not number the refunds of an order.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
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
    rows_of,
)
from mcn.sales.connectors.signing import compact, hmac_hex, strung

LIST = "taobao.tbk.order.details.get"
REFUND_LIST = "taobao.tbk.order.refund.get"
PAGE_SIZE, ONWARDS = 100, 1
FINE = "200"


def _request(keys: Keys, method: str, parameters: dict[str, Any], now: datetime) -> Request:
    form = {
        "app_key": keys["app_key"],
        "format": "json",
        "method": method,
        "sign_method": "hmac-sha256",
        "timestamp": beijing(now),
        "v": "2.0",
        **{name: compact(value) if isinstance(value, dict) else str(value) for name, value in parameters.items()},
    }
    return Request("/router/rest", form=form | {"sign": hmac_hex(strung(form), keys["app_secret"]).upper()})


def _inner(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an answer holds. It is called like the method, with `_response` behind."""
    for name, inner in answer.items():
        if name.endswith("_response") and isinstance(inner, Mapping):
            return inner
    raise Malformed


def _fault(answer: Mapping[str, Any]) -> Fault | None:
    inner = _inner(answer)
    if "error_response" in answer:
        codes = (str(inner.get("code")), str(inner.get("sub_code") or ""))
        return Fault(codes, str(inner.get("sub_msg") or inner.get("msg") or ""))
    # The refund list tells of its own errors in here.
    if str(inner.get("result_code") or FINE) == FINE:
        return None
    reason = inner.get("biz_error_desc") or inner.get("result_msg") or ""
    return Fault((str(inner.get("biz_error_code") or inner["result_code"]),), str(reason))


def _pages(
    method: str, asked: dict[str, Any], *, rows: tuple[str, str], within: str = ""
) -> Callable[[Call, Window], Iterator[list[Row]]]:
    """A list, page by page: each page but the first is asked for by the place where the one before has ended.

    `rows` is where the rows are in the answer's data, `within` the parameter that holds all others as one object.
    """

    def pages(call: Call, window: Window) -> Iterator[list[Row]]:
        wanted = {
            **asked,
            "start_time": beijing(window.start),
            "end_time": beijing(window.end),
            "page_size": PAGE_SIZE,
        }
        place = ""
        for number in count(1):
            turned = {"jump_type": ONWARDS, "position_index": place} if place else {}
            parameters = {**wanted, "page_no": number, **turned}
            data = call(method, {within: parameters} if within else parameters)
            if not isinstance(data, Mapping):
                raise Malformed
            yield rows_of(data.get(rows[0]) or {}, rows[1])
            if str(data.get("has_next")).lower() != "true":
                return
            following = str(data.get("position_index") or "")
            if following in ("", place):
                raise Malformed  # there would be no end
            place = following

    return pages


GATEWAY = Gateway(
    host="taobao",
    keys=(Key("app_key", _("App Key")), Key("app_secret", _("App Secret"))),
    request=_request,
    fault=_fault,
    data=lambda answer: _inner(answer).get("data"),
    codes=Codes(
        slow_down=frozenset(
            {
                "accesscontrol.limited-by-api-access-count",
                "accesscontrol.limited-by-app-api-access-count",
                "3001",
                "9100",
            }
        ),
        credentials=frozenset({"25", "29"}),
        permission=frozenset({"11", "12", "13"}),
        address=frozenset({"isv.permission-ip-whitelist-limit"}),
        quota=frozenset({"accesscontrol.limited-by-app-access-count", "3000"}),
    ),
)
ORDERS = Api(
    code="taobao_api",
    format="taobao_api",
    platform="taobao",
    method=LIST,
    gateway=GATEWAY,
    # Three hours are allowed on most days, but only 20 minutes while a big promotion lasts. Which days these are nobody
    # says beforehand, and who asks for too much too often is taken for a crawler: so it is never more.
    longest=timedelta(minutes=20),
    history=timedelta(days=89),  # the platform refuses what began more than 90 days ago
    # 4: by the time of change. Scene 1 holds all orders; 2 and 3 are those of it that channels and members brought.
    pages=_pages(LIST, {"query_type": 4, "order_scene": 1}, rows=("results", "publisher_order_dto")),
    pause_seconds=0.1,  # an account may ask about 40 times a second
)
REFUNDS = Api(
    code="taobao_refunds",
    format="taobao_refunds",
    platform="taobao",
    method=REFUND_LIST,
    gateway=GATEWAY,
    # The documentation names no longest window and no end of the history: these are ours.
    longest=timedelta(days=1),
    history=timedelta(days=89),
    # 5: by the time of change. Scene 1 holds all orders, member type 4 those of either role.
    pages=_pages(
        REFUND_LIST,
        {"query_type": 5, "order_scene": 1, "member_type": 4},
        rows=("result", "publisher_refund_order_d_t_o"),
        within="publisher_refund_order_query_option",
    ),
    pause_seconds=0.1,
)
