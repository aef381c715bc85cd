"""WeChat shop (微信小店) order list of the merchant's side (63 columns, xlsx, yuan).

带货费用 is what the account that sold it earns: an estimate while 带货费用类型 says 预估佣金, settled when it says
佣金 and the order is completed. Its base is 订单实际收款金额, also where the platform paid a coupon.
Rows without 带货 are nobody's. The fee columns are the shop's own fees, not the commission's.
An order of several products repeats its number, and how its amounts are spread over the rows is not documented: rows
whose 商品总价 is not their own price are refused.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f


def _lines() -> dict[str, pl.Expr]:
    settled = (pl.col("order_state") == "completed") & (pl.col("kind") == "final").fill_null(False)
    return {
        "product_id": pl.col("line_key"),
        "platform_status": pl.concat_str("order_state_text", "kind_text", separator="/", ignore_nulls=True),
        "status": pl.when(settled)
        .then(pl.lit("settled"))
        .otherwise(pl.col("order_state").replace("completed", "received")),
        # The shop's money is settled before the commission is.
        "settled_at": pl.when(settled).then(pl.col("completed_at")),
        "est_base": pl.when(~settled).then(pl.col("base")),
        "est_gross": pl.when(~settled).then(pl.col("commission")),
        "set_base": pl.col("base"),
        "set_gross": pl.col("commission"),
        "refused_several_products": pl.col("order_price") != pl.col("price") * pl.col("quantity"),
    }


FORMAT = f.SalesFormat(
    code="wechat_shop",
    platform="wechat",
    title=_("WeChat shop orders"),
    account_from="id",
    columns={
        "order_key": f.identifier("订单号"),
        "received_at": f.moment("订单确认收货时间").optional,
        "completed_at": f.moment("订单完成结算时间"),
        "order_state": f.status(
            {
                "待发货": "paid",
                "已发货": "shipped",
                "已完成": "completed",
                "已取消": "invalid",
            },
            "订单状态",
        ),
        "order_price": f.yuan("商品总价"),
        "base": f.yuan("订单实际收款金额"),
        "paid_at": f.moment("支付时间"),
        "account_key": f.account("带货ID").optional,
        "account_name": f.text("带货账号昵称"),
        "kind": f.status({"预估佣金": "estimate", "佣金": "final"}, "带货费用类型"),
        "commission": f.yuan("带货费用"),
        "product_name": f.text("商品名称"),
        "line_key": f.identifier("商品编码(平台)"),
        "price": f.yuan("商品价格(单件)"),
        "quantity": f.count("商品数量"),
    },
    derive=_lines,
    needs_when_settled=("base", "commission"),
    line_named_by="product",
)
