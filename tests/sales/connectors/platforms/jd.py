"""JD 京东联盟."""

import json
from datetime import timedelta
from typing import Any

from tests.sales.connectors.platforms.stock import ENTERED, Answer, Platforms, common, dated, md5


class JD:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, form: dict[str, str], body: str) -> Answer:
        keys, form = ENTERED["jd_union"], dict(form)
        sign = form.pop("sign")
        if sign != md5(form, keys["app_secret"]) or form["app_key"] != keys["app_key"]:
            return 200, {"error_response": {"code": "11", "zh_desc": "无效签名", "en_desc": "Invalid signature"}}
        asked = json.loads(form["360buy_param_json"])["orderReq"]
        trouble = self.of.listed(form["method"], asked)
        if trouble == "permission":
            return self.result({"code": 403, "message": "无访问权限"})
        if trouble:
            return common(trouble, keys)
        start, end = dated(asked["startTime"]), dated(asked["endTime"])
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
