"""Taobao 淘宝联盟, on a day of a big promotion: no request for orders may cover more than 20 minutes."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from tests.sales.connectors.platforms.stock import ENTERED, Answer, Platforms, common, dated, take

LISTS = {
    "taobao.tbk.order.details.get": ("taobao_api", {"query_type": "4", "order_scene": "1"}),
    "taobao.tbk.order.refund.get": ("taobao_refunds", {"query_type": "5", "order_scene": "1", "member_type": "4"}),
}
LIMITED = "accesscontrol.limited-by"
TROUBLES = {
    "slow": (7, f"{LIMITED}-api-access-count", "This ban will last for 1 more seconds"),
    "app": (7, f"{LIMITED}-app-api-access-count", "This ban will last for 1 more seconds"),
    "busy": (15, "3001", "系统繁忙，请稍后重试！"),
    "throttled": (15, "9100", "您的账号因调用不符合要求，当前触发限流。"),
    "quota": (7, f"{LIMITED}-app-access-count", "This ban will last for 3600 more seconds"),
    "tomorrow": (15, "3000", "您的账号因调用不符合要求，当前触发限流，次日后重新尝试"),
    "permission": (11, "isv.permission-api-package-limit", "scope ids is 11655"),
    "address": (11, "isv.permission-ip-whitelist-limit", "The appkey is only allowed to call from 10.0.0.1"),
    "down": (15, "isp.pubrpt-service-unavailable", "服务不可用"),
}


class Taobao:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, form: dict[str, str], body: str) -> Answer:
        keys, form = ENTERED["taobao_api"], dict(form)
        sign = form.pop("sign")
        text = "".join(name + form[name] for name in sorted(form))
        made = hmac.new(keys["app_secret"].encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        if form["app_key"] != keys["app_key"]:
            return self.fault(29, "", "Invalid app Key")
        if sign != made or (form["sign_method"], form["v"], form["format"]) != ("hmac-sha256", "2.0", "json"):
            return self.fault(25, "", "Invalid signature")
        if abs(dated(form["timestamp"]) - self.of.time.now) > timedelta(minutes=10):
            return self.fault(31, "", "Invalid timestamp")
        return self.listed(form["method"], form)

    def listed(self, method: str, form: dict[str, str]) -> Answer:
        code, wanted = LISTS[method]
        nested = form.get("publisher_refund_order_query_option")
        asked = {name: str(value) for name, value in json.loads(nested).items()} if nested else form
        assert (nested is None) == (code == "taobao_api") and wanted.items() <= asked.items()
        trouble = self.of.listed(method, dict(asked))
        if trouble in TROUBLES:
            return self.fault(*TROUBLES[trouble])
        if trouble == "refused":
            inner = {"result_code": 500, "biz_error_code": 101, "biz_error_desc": "开始时间不能为空"}
            return 200, {"tbk_order_refund_get_response": inner}
        if trouble:
            return common(trouble, ENTERED[code])
        start, end = dated(asked["start_time"]), dated(asked["end_time"])
        if start < self.of.time.now - timedelta(days=90):
            return self.fault(15, "2004", "请求参数非法")
        if code == "taobao_api" and end - start > timedelta(minutes=20):
            return self.fault(15, "2007", "大促期间预估时间段不可超过20分钟")
        if start > end or not 1 <= int(asked["page_size"]) <= 100:
            return self.fault(15, "2000", "开始时间或结束时间参数非法")
        place = asked.get("position_index", "")
        if (place == "") != (asked["page_no"] == "1") or (place and asked.get("jump_type") != "1"):
            return self.fault(15, "1008", "positionIndex非法")
        rows, following = self.of.page(self.of.between(code, start, end), place, take(self.of, "double"))
        page = {
            # The last page has a place, too: only has_next says that there is another one.
            "has_pre": bool(place),
            "has_next": bool(following),
            "position_index": following or "last",
            "page_no": int(asked["page_no"]),
            "page_size": int(asked["page_size"]),
        }
        if code == "taobao_api":
            results = {"publisher_order_dto": rows} if rows else {}
            return 200, {"tbk_order_details_get_response": {"data": {**page, "results": results}, "request_id": "1"}}
        result = {"publisher_refund_order_d_t_o": rows} if rows else {}
        return 200, {"tbk_order_refund_get_response": {"data": {**page, "result": result}, "result_code": 200}}

    @staticmethod
    def fault(code: int, sub_code: str, message: str) -> Answer:
        inner: dict[str, Any] = {"code": code, "msg": "Remote service error", "request_id": "1"}
        return 200, {"error_response": inner | ({"sub_code": sub_code, "sub_msg": message} if sub_code else {})}
