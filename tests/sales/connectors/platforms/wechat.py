"""WeChat 优选联盟."""

import json
from datetime import datetime

from tests.sales.connectors.platforms.stock import ENTERED, ZONE, Answer, Platforms, Row, common, take


class WeChat:
    def __init__(self, of: Platforms) -> None:
        self.of = of

    def __call__(self, path: str, query: dict[str, str], body: str) -> Answer:
        keys, asked = ENTERED["wechat_league"], json.loads(body)
        if path == "/cgi-bin/stable_token":
            if (asked.get("appid"), asked.get("secret")) != (keys["appid"], keys["secret"]):
                return 200, {"errcode": 40125, "errmsg": f"invalid appsecret {asked.get('secret')}"}
            self.of.new_token(7200)
            return 200, {"access_token": self.of.token, "expires_in": 7200}
        if not self.of.token_is_good(query["access_token"]):
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        if path == "/channels/ec/league/headsupplier/order/get":
            for row in self.of.orders["wechat_league"]:
                if (row["order_id"], str(row["sku_id"])) == (asked["order_id"], asked["sku_id"]):
                    return 200, {"errcode": 0, "errmsg": "ok", "commssion_order": nested_wechat(row)}
            return 200, {"errcode": 10024000, "errmsg": "参数错误"}
        assert path == "/channels/ec/league/headsupplier/order/list/get"
        trouble = self.of.listed(path, asked)
        if trouble == "slow":
            return 200, {"errcode": 45011, "errmsg": "api minute-quota reach limit"}
        if trouble == "token":
            self.of.token_ends_at = self.of.time.now
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        if trouble == "permission":
            return 200, {"errcode": 48001, "errmsg": "api unauthorized"}
        if trouble == "quota":
            return 200, {"errcode": 45009, "errmsg": "reach max api daily quota limit"}
        if trouble:
            return common(trouble, keys)
        span = asked["update_time_range"]
        start, end = (datetime.fromtimestamp(span[name], ZONE) for name in ("start_time", "end_time"))
        if asked["page_size"] > 30:
            return 200, {"errcode": 10024000, "errmsg": "参数错误"}
        found = self.of.between("wechat_league", start, end)
        rows, cursor = self.of.page(found, asked.get("next_key", ""), take(self.of, "double"))
        named = [{"order_id": row["order_id"], "sku_id": row["sku_id"]} for row in rows]
        # The key of the last page is no end: only has_more says that there is one.
        return 200, {"errcode": 0, "list": named, "next_key": cursor or "last", "has_more": bool(cursor)}


def nested_wechat(row: Row) -> Row:
    """A commission order as the API has it."""
    person = ("nickname", "ratio", "amount")
    return {
        "order_id": row["order_id"],
        "sku_id": row["sku_id"],
        "status": row["commission_status"],
        "create_time": row["create_time"],
        "update_time": row["update_time"],
        "order_detail": {
            "shop_info": {"appid": row["shop_appid"]},
            "product_info": {name: row[name] for name in ("product_id", "product_cnt", "actual_payment")},
            "order_info": {"order_status": row["order_status"], "pay_time": row["pay_time"]},
        },
        "commission_info": {
            "finder_info": {name: row[f"finder_{name}"] for name in person},
            "talent_info": {name: row[f"talent_{name}"] for name in person},
            **{
                name: row[name]
                for name in ("service_ratio", "service_total_amount", "platform_amount", "service_amount")
            },
            "profit_sharding_suc_time": row["profit_sharding_suc_time"],
        },
    }
