"""Douyin 抖店开放平台."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from tests.sales.connectors.platforms.stock import ENTERED, Answer, Platforms, common, dated, take


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
        if abs(dated(query["timestamp"]) - self.of.time.now) > timedelta(minutes=10):
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
            return common(trouble, ENTERED[code])
        start, end = dated(asked["start_time"]), dated(asked["end_time"])
        too_old = start < self.of.time.now - timedelta(days=90)
        if not 1 <= asked["size"] <= most or start > end or end - start > timedelta(days=90) or too_old:
            return self.fault(40004, "isv.parameter-invalid:1036", "参数校验失败：无效时间区间")
        assert asked["time_type"] == "update"
        rows, cursor = self.of.page(self.of.between(code, start, end), asked["cursor"], self.double())
        return 200, {"code": 10000, "msg": "success", "data": {"orders": rows, "cursor": cursor}}

    def double(self) -> str:
        return take(self.of, "double")

    @staticmethod
    def fault(code: int, sub_code: str, message: str) -> Answer:
        return 200, {"code": code, "msg": message, "sub_code": sub_code, "sub_msg": message}
