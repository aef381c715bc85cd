"""Kuaishou 快分销 order list with `MCN 机构金额` (xlsx or csv, yuan).

The file does not name the account: it is given with the import. 结算金额 is net, so the fee is 0.
What `MCN 机构金额` contains is not documented; it is kept in the raw row only.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="kuaishou_orders",
    platform="kuaishou",
    title=_("Kuaishou distribution orders"),
    account_from="given",
    columns={
        "received_at": f.moment("收货时间").optional,
        "order_key": f.identifier("订单编号"),
        "line_key": f.identifier("商品ID"),
        "product_name": f.text("商品名称"),
        "status": f.status(
            {
                "已付款": "paid",
                "已发货": "shipped",
                "已收货": "received",
                "已结算": "settled",
                "已失效": "invalid",
            },
            "订单状态",
        ),
        "agency_amount": f.text("MCN机构金额", "MCN机构金额(元)"),
        "est_gross": f.yuan("预估收入(元)", "预估收入"),
        "base": f.yuan("计佣金额(元)", "计佣金额"),
        "shop_name": f.text("商家昵称").optional,
        "paid_at": f.moment("付款时间"),
        "settled_at": f.moment("结算时间"),
        "set_gross": f.yuan("结算金额(元)", "结算金额"),
        "quantity": f.count("商品数量").optional,
    },
    derive=lambda: {
        "product_id": pl.col("line_key"),
        "est_base": pl.col("base"),
        "set_base": pl.col("base"),
        "est_fee": pl.lit(0, pl.Int64),
        "set_fee": pl.lit(0, pl.Int64),
    },
    needs_when_settled=("base", "set_gross"),
)
