"""The known formats. A new one is a module beside these, one line here, and a fixture file."""

from mcn.sales.importers import (
    douyin_alliance,
    douyin_phases,
    kuaishou_orders,
    taobao_refunds,
    taobao_union,
    wechat_league,
)
from mcn.sales.importers.formats import SalesFormat

FORMATS: dict[str, SalesFormat] = {
    "douyin_alliance": douyin_alliance.FORMAT,
    "douyin_phases": douyin_phases.FORMAT,
    "kuaishou_orders": kuaishou_orders.FORMAT,
    "taobao_refunds": taobao_refunds.FORMAT,
    "taobao_union": taobao_union.FORMAT,
    "wechat_league": wechat_league.FORMAT,
}
