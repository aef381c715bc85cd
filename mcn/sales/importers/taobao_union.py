"""Taobao 淘宝联盟 order list (38 columns, xlsx or csv, yuan).

付款预估收入 was 效果预估 in older files, and the status words differ by age; both are read.
The account is the promotion position (推广位名称). A 维权 mark only announces that a refund list will follow.
The one fee column holds the estimate until the line is settled and the settled fee from then on.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="taobao_union",
    platform="taobao",
    title=_("Taobao Union orders"),
    account_from="name",
    columns={
        "paid_at": f.moment("付款时间"),
        "settled_at": f.moment("结算时间"),
        "product_name": f.text("商品标题"),
        "shop_name": f.text("店铺名称").optional,
        "product_id": f.identifier("商品ID"),
        "quantity": f.count("商品数量").optional,
        "est_base": f.yuan("付款金额"),
        "order_key": f.identifier("淘宝订单编号"),
        "line_key": f.identifier("淘宝子订单号"),
        "status": f.status(
            {
                "已付款": "paid",
                "订单付款": "paid",
                "12": "paid",
                "已收货": "received",
                "订单成功": "received",
                "确认收货": "received",
                "14": "received",
                "已结算": "settled",
                "订单结算": "settled",
                "3": "settled",
                "已失效": "invalid",
                "订单失效": "invalid",
                "13": "invalid",
            },
            "订单状态",
        ),
        "set_base": f.yuan("结算金额"),
        "fee": f.yuan("技术服务费"),
        "est_gross": f.yuan("付款预估收入", "效果预估"),
        "set_gross": f.yuan("结算预估收入", "预估收入"),
        "account_name": f.text("推广位名称", "广告位名称"),
        "after_sale": f.text("维权标签", "维权状态").optional,
    },
    derive=lambda: {
        "est_fee": pl.when(pl.col("status") != "settled").then(pl.col("fee")),
        "set_fee": pl.col("fee"),
        "flag_after_sale": pl.col("after_sale").str.contains("^(维权|等待处理)").fill_null(False),
    },
    needs_when_settled=("set_base", "set_gross"),
    falls_elsewhere=True,
    line_named_by="sub_order",
)
