"""The APIs that orders can be fetched from. A new one is a module beside these and one line here."""

from mcn.sales.connectors import douyin, jd_union, kuaishou, pdd_duoduo, taobao, wechat_league
from mcn.sales.connectors.apis import Api

APIS: dict[str, Api] = {
    api.code: api
    for api in (
        douyin.ORDERS,
        douyin.PHASES,
        taobao.ORDERS,
        taobao.REFUNDS,
        kuaishou.ORDERS,
        wechat_league.ORDERS,
        jd_union.ORDERS,
        pdd_duoduo.ORDERS,
    )
}
