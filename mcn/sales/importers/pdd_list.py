"""Pinduoduo 多多进宝 order list of the web pages (xlsx or csv, yuan): estimates, never settled money.

Its one commission is called 预估佣金收入 also where the order is settled, so what it settled at is for the fields of
`pdd.ddk.order.list` (`pdd_duoduo`) to say; both tell of one line. The words of 订单状态描述 are those that the
documentation has for the states; others are refused. Without a time of payment that of the order stands for it.
"""

from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="pdd_list",
    platform="pinduoduo",
    title=_("Pinduoduo order list (estimates)"),
    account_from="name",
    columns={
        "order_key": f.identifier("订单编号"),
        "product_name": f.text("商品信息", "商品名称"),
        "product_id": f.identifier("商品ID"),
        "quantity": f.count("商品数", "商品数量").optional,
        "est_base": f.yuan("订单金额"),
        "est_gross": f.yuan("预估佣金收入"),
        "status": f.status(
            {
                "未支付": f.UNPAID,
                "已支付": "paid",
                "已成团": "paid",
                "确认收货": "received",
                "审核成功": "received",
                "已结算": "received",
                "审核失败": "invalid",
                "非多多进宝": "invalid",
                "已处罚": "invalid",
            },
            "订单状态描述",
        ),
        "paid_at": f.moment("支付时间", "创建时间"),
        "account_key": f.account("pid"),
        "account_name": f.text("推广位名称"),
    },
    settled_states=(),
    authority=0,
)
