"""Douyin 精选联盟 order list of the merchant's side (47 columns, xlsx or csv, yuan).

`佣金类型` was `计划类型` in files of 2024; what was paid, and when, has other names in some.
Rows of 抖客 distributors have no 抖音/火山号: they are nobody's.
The commission is the base commission plus the stepped reward; the file carries no fee.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="douyin_alliance",
    platform="douyin",
    title=_("Douyin alliance orders"),
    account_from="id",
    columns={
        "order_key": f.identifier("订单id"),
        "product_id": f.identifier("商品id"),
        "product_name": f.text("商品名称"),
        "nickname": f.text("作者账号"),
        "account_key": f.account("抖音/火山号"),
        "est_base": f.yuan("支付金额", "成交金额"),
        "est_commission": f.yuan("预估佣金支出"),
        "set_base": f.yuan("结算金额"),
        "set_commission": f.yuan("实际佣金支出"),
        "status": f.status(
            {
                "订单付款": "paid",
                "订单支付": "paid",
                "支付完成": "paid",
                "订单收货": "received",
                "确认收货": "received",
                "订单结算": "settled",
                "订单退货退款": "invalid",
                "订单退款": "invalid",
                "订单失效": "invalid",
            },
            "订单状态",
        ),
        "paid_at": f.moment("付款时间", "订单支付时间", "支付时间"),
        "received_at": f.moment("收货时间").optional,
        "settled_at": f.moment("订单结算时间", "结算时间"),
        "shop_name": f.text("店铺名称").optional,
        "quantity": f.count("商品数量").optional,
        "est_reward": f.yuan("预估奖励佣金支出").optional,
        "set_reward": f.yuan("结算奖励佣金支出").optional,
        "traffic_detail": f.text("流量细分来源").optional,
        "traffic_source": f.text("流量来源").optional,
    },
    derive=lambda: {
        # Where nobody is named the nickname must not stand in for the account.
        "account_name": pl.when(pl.col("account_key").is_not_null()).then(pl.col("nickname")),
        "est_gross": pl.col("est_commission") + pl.col("est_reward").fill_null(0),
        "set_gross": pl.col("set_commission") + pl.col("set_reward").fill_null(0),
        "traffic_text": pl.coalesce("traffic_source", "traffic_detail"),
    },
    needs_when_settled=("set_base", "set_commission"),
)
