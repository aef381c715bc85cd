"""Douyin order list of the anchor's own 百应 pages (xlsx or csv, yuan): estimates, never settled money.

The file does not name the account: it is given with the import. A settled order stands in it with its estimates
only, so it counts as received here: what it settled at is for the other Douyin lists to say.
"""

from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="douyin_anchor",
    platform="douyin",
    title=_("Douyin anchor's own orders (estimates)"),
    account_from="given",
    columns={
        "order_key": f.identifier("订单id"),
        "product_id": f.identifier("商品id"),
        "product_name": f.text("商品名称"),
        "shop_name": f.text("店铺名称").optional,
        "status": f.status(
            {
                "订单付款": "paid",
                "订单收货": "received",
                "订单结算": "received",
                "订单退货退款": "invalid",
            },
            "订单状态",
        ),
        "est_base": f.yuan("成交金额"),
        "est_gross": f.yuan("总佣金收入"),
        "est_holder": f.yuan("预估佣金收入-达人"),
        "paid_at": f.moment("订单支付时间"),
        "traffic_text": f.text("流量来源").optional,
    },
    settled_states=(),
    authority=0,
)
