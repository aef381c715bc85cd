"""JD 京东联盟: order rows by the time of their change. There is no token; rows name no account of an anchor.

The result is a JSON text within the answer. A completed order says on which day JD pays it (payMonth) and does not
change when that day has passed: its window is fetched again then.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
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
from mcn.sales.connectors.signing import compact, md5_upper, strung

METHOD = "jd.union.open.order.row.query"
ANSWER = "jd_union_open_order_row_query_responce"  # the platform's spelling
BY_CHANGE, PAGE_SIZE = 3, 200
MOST_PAGES = 10_000
COMPLETED = "17"


def _request(keys: Keys, method: str, parameters: dict[str, Any], now: datetime) -> Request:
    form = {
        "360buy_param_json": compact(parameters),
        "app_key": keys["app_key"],
        "format": "json",
        "method": method,
        "sign_method": "md5",
        "timestamp": beijing(now),
        "v": "1.0",
    }
    secret = keys["app_secret"]
    return Request("/routerjson", form=form | {"sign": md5_upper(f"{secret}{strung(form)}{secret}")})


def _result(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    outer = answer.get(ANSWER)
    try:
        found = json.loads(outer["queryResult"], parse_float=str)  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        raise Malformed from None
    if not isinstance(found, dict):
        raise Malformed
    return found


def _fault(answer: Mapping[str, Any]) -> Fault | None:
    refused = answer.get("error_response") or answer.get("errorResponse")
    if isinstance(refused, Mapping):
        reason = refused.get("zh_desc") or refused.get("en_desc") or refused.get("msg") or ""
        return Fault((str(refused.get("code")),), str(reason))
    result = _result(answer)
    code = str(result.get("code"))
    return None if code == "200" else Fault((code,), str(result.get("message") or ""))


def _pages(call: Call, window: Window) -> Iterator[list[Row]]:
    asked = {
        "pageSize": PAGE_SIZE,
        "type": BY_CHANGE,
        "startTime": beijing(window.start),
        "endTime": beijing(window.end),
    }
    for number in range(1, MOST_PAGES):
        data = call(METHOD, {"orderReq": {**asked, "pageIndex": number}})
        page = rows_of(data, "data")
        yield page
        if not page or data.get("hasMore") is not True:
            return
    raise Malformed


def _pay_day(row: Row) -> date | None:
    text = str(row.get("payMonth") or "")
    if str(row.get("validCode")) != COMPLETED or len(text) != 8:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _come_back(rows: list[Row], today: date) -> date | None:
    """The day after the next one on which JD pays any of these orders."""
    coming = (day for row in rows if (day := _pay_day(row)) is not None and day >= today)
    first = min(coming, default=None)
    return None if first is None else first + timedelta(days=1)


GATEWAY = Gateway(
    host="jd",
    keys=(Key("app_key", _("App Key")), Key("app_secret", _("App Secret"))),
    request=_request,
    fault=_fault,
    data=_result,
    codes=Codes(),  # none is documented well enough to be given a meaning: errors are told in JD's words
)
ORDERS = Api(
    code="jd_union",
    format="jd_union",
    platform="jd",
    method=METHOD,
    gateway=GATEWAY,
    longest=timedelta(hours=1, seconds=-1),  # start and end lie less than an hour apart
    history=timedelta(days=90),  # ours; the documentation names none
    pages=_pages,
    needs_account=True,
    overlap_days=2,
    come_back=_come_back,
)
