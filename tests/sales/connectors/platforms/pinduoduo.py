"""Pinduoduo 多多进宝."""

import json
from datetime import datetime, timedelta

from tests.sales.connectors.platforms.stock import ENTERED, ZONE, Answer, Platforms, common, md5


class Pinduoduo:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys, asked = ENTERED["pdd_duoduo"], json.loads(body)
        sign = asked.pop("sign")
        if sign != md5(asked, keys["client_secret"]) or asked["client_id"] != keys["client_id"]:
            return self.fault(20004, "签名校验失败")
        trouble = self.of.listed(asked["type"], dict(asked))
        if trouble == "slow":
            return self.fault(70031, "调用过于频繁，请调整调用频率")
        if trouble == "permission":
            return self.fault(20031, "用户没有授权访问此接口")
        if trouble:
            return common(trouble, keys)
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
