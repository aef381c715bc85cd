"""Kuaishou 快手电商开放平台."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from tests.sales.connectors.platforms.stock import ENTERED, ZONE, Answer, Platforms, Row, common, take


class Kuaishou:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def refresh(self, form: dict[str, str]) -> Answer:
        keys = ENTERED["kuaishou_api"]
        expected = {
            "grant_type": "refresh_token",
            "refresh_token": f"ks-refresh-{self.of.token_number}",
            "app_id": keys["app_key"],
            "app_secret": keys["app_secret"],
        }
        if form != expected:
            return 200, {"result": 100200102, "error": "access_denied", "error_msg": "refreshToken.discarded"}
        self.of.new_token(172800)
        return 200, {
            "result": 1,
            "access_token": self.of.token,
            "expires_in": 172800,
            "refresh_token": f"ks-refresh-{self.of.token_number}",
        }

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys = ENTERED["kuaishou_api"]
        sign = query.pop("sign")
        text = "&".join(f"{k}={query[k]}" for k in sorted(query)) + f"&signSecret={keys['sign_secret']}"
        made = base64.b64encode(hmac.new(keys["sign_secret"].encode(), text.encode(), hashlib.sha256).digest()).decode()
        if sign != made or query["appkey"] != keys["app_key"]:
            return 200, {"result": 21, "error_msg": "签名验证失败"}
        if not self.of.token_is_good(query["access_token"]):
            return 200, {"result": 100200102, "error": "access_denied", "error_msg": "invalid access_token"}
        asked = json.loads(query["param"])
        trouble = self.of.listed(query["method"], asked)
        if trouble == "slow":
            return 200, {"result": 802000, "error_msg": "请求过于频繁"}
        if trouble == "token":
            self.of.token_ends_at = self.of.time.now
            return 200, {"result": 100200102, "error": "access_denied", "error_msg": "invalid access_token"}
        if trouble == "permission":
            return 200, {"result": 100200106, "error": "invalid_scope", "error_msg": "token中无scope的权限"}
        if trouble:
            return common(trouble, keys)
        start, end = (datetime.fromtimestamp(asked[name] / 1000, ZONE) for name in ("beginTime", "endTime"))
        if end - start > timedelta(days=7) or start < self.of.time.now - timedelta(days=90) or asked["pageSize"] > 100:
            return 200, {"result": 804000, "error_msg": "查询时间范围不合法"}
        assert (asked["queryType"], asked["cpsOrderStatus"]) == (2, 0)
        found = [nested_kuaishou(row) for row in self.of.between("kuaishou_api", start, end)]
        rows, cursor = self.of.page(found, asked["pcursor"], take(self.of, "double"))
        return 200, {"result": 1, "msg": "success", "data": {"orderView": rows, "pcursor": cursor or "nomore"}}


def nested_kuaishou(row: Row) -> Row:
    """An order as the API has it, the product in a list of its own."""
    inner = ("itemId", "num", "commissionRate", "estimatedIncome", "serviceRate")
    return {
        **{name: value for name, value in row.items() if name not in inner},
        "cpsOrderProductView": [{name: row[name] for name in inner}],
    }
