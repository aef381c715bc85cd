"""Taobao 淘宝联盟 orders, field names of `taobao.tbk.order.details.get` (csv, xlsx or json, yuan).

The same list as the Excel export of 淘宝联盟 under the names of the API, so that an order read from both is one line:
alipay_total_price is 付款金额, pay_price 结算金额, pub_share_pre_fee and pub_share_fee the estimated and the settled
income, each with the platform's fee still in it. alimama_share_fee is that fee (技术服务费): counted on what was paid
until the order is settled, on what was settled from then on. The account is the promotion position (adzone_name), as
there. platform_special_service_fee is no part of these incomes and is kept in the raw row only.
"""

from dataclasses import replace

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f
from mcn.sales.importers import taobao_union

FORMAT = replace(
    taobao_union.FORMAT,
    code="taobao_api",
    title=_("Taobao Union orders of the API"),
    columns={
        "order_key": f.identifier("trade_parent_id"),
        "line_key": f.identifier("trade_id"),
        "product_id": f.identifier("item_id"),
        "product_name": f.text("item_title").optional,
        "shop_name": f.text("seller_shop_title").optional,
        "quantity": f.count("item_num").optional,
        "account_name": f.text("adzone_name"),
        "status": f.status(
            {"11": f.UNPAID, "12": "paid", "14": "received", "3": "settled", "13": "invalid"}, "tk_status"
        ),
        "est_base": f.yuan("alipay_total_price"),
        "est_gross": f.yuan("pub_share_pre_fee"),
        "fee": f.yuan("alimama_share_fee"),
        # JSON leaves out what no order of the list has yet.
        "set_base": f.yuan("pay_price").optional,
        "set_gross": f.yuan("pub_share_fee").optional,
        "paid_at": f.moment("tk_paid_time"),
        "settled_at": f.moment("tk_earning_time").optional,
        "changed_at": f.moment("modified_time"),
        "after_sale": f.text("refund_tag").optional,
    },
    derive=lambda: {
        **taobao_union.FORMAT.derive(),
        "flag_after_sale": (pl.col("after_sale") == "1").fill_null(False),
    },
)
