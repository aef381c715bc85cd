"""Taobao Live 热浪 TCP estimate list (csv, yuan): estimates, never settled money.

An order with a refund keeps what is left of it: its base and commission have shrunk. The settled bill of 热浪 is
another file. Amounts are cut off below a fen by the platform.
"""

from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="taobao_live_estimate",
    platform="taobao",
    title=_("Taobao Live TCP orders (estimates)"),
    account_from="name",
    columns={
        "order_key": f.identifier("淘宝主订单号"),
        "line_key": f.identifier("淘宝子订单号"),
        "product_name": f.text("商品名称"),
        "product_id": f.identifier("商品ID"),
        "account_name": f.text("主播昵称"),
        "paid_at": f.moment("订单支付时间"),
        "received_at": f.moment("订单确认收货时间").optional,
        "status": f.status(
            {
                "订单已支付": "paid",
                "订单已确认收货": "received",
                "订单有退款": "received",
                "订单已取消": "invalid",
            },
            "订单状态",
        ),
        "est_base": f.yuan("预估计佣金额"),
        "est_gross": f.yuan("预估出佣总额"),
    },
    settled_states=(),
    authority=0,
    line_named_by="sub_order",
)
