"""The known formats. A new one is a module beside these, one line here, and a fixture file."""

from mcn.sales.importers import (
    douyin_alliance,
    douyin_anchor,
    douyin_institution,
    douyin_phases,
    douyin_slot_fees,
    jd_union,
    kuaishou_api,
    kuaishou_orders,
    other_income,
    pdd_duoduo,
    pdd_list,
    taobao_api,
    taobao_live_estimate,
    taobao_refunds,
    taobao_union,
    wechat_league,
    wechat_shop,
    xhs_buyer,
)
from mcn.sales.importers.formats import SalesFormat

FORMATS: dict[str, SalesFormat] = {
    "douyin_alliance": douyin_alliance.FORMAT,
    "douyin_anchor": douyin_anchor.FORMAT,
    "douyin_institution": douyin_institution.FORMAT,
    "douyin_phases": douyin_phases.FORMAT,
    "douyin_slot_fees": douyin_slot_fees.FORMAT,
    "jd_union": jd_union.FORMAT,
    "kuaishou_api": kuaishou_api.FORMAT,
    "kuaishou_orders": kuaishou_orders.FORMAT,
    "other_income": other_income.FORMAT,
    "pdd_duoduo": pdd_duoduo.FORMAT,
    "pdd_list": pdd_list.FORMAT,
    "taobao_api": taobao_api.FORMAT,
    "taobao_live_estimate": taobao_live_estimate.FORMAT,
    "taobao_refunds": taobao_refunds.FORMAT,
    "taobao_union": taobao_union.FORMAT,
    "wechat_league": wechat_league.FORMAT,
    "wechat_shop": wechat_shop.FORMAT,
    "xhs_buyer": xhs_buyer.FORMAT,
}
