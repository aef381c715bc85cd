"""Xiaohongshu 买手 orders (xlsx, yuan): estimates, never settled money.

The base is 有效销售金额, what the shop received less refunds, and not what the buyer paid. Which words 订单状态 has is
not documented: they are kept as they stand, and decide on nothing. A row without a time of payment is no sale.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="xhs_buyer",
    platform="xiaohongshu",
    title=_("Xiaohongshu anchors' orders (estimates)"),
    account_from="id",
    columns={
        "paid_at": f.moment("支付时间"),
        "order_key": f.identifier("订单ID"),
        "status_text": f.text("订单状态"),
        "product_name": f.text("规格名称"),
        "line_key": f.identifier("规格ID"),
        "account_name": f.text("达人名称"),
        "account_key": f.account("达人ID"),
        "est_base": f.yuan("有效销售金额(计佣金额)", "有效销售金额"),
        "est_gross": f.yuan("预估支出佣金"),
    },
    derive=lambda: {
        "product_id": pl.col("line_key"),
        "status": pl.when(pl.col("paid_at").is_null()).then(pl.lit(f.UNPAID)).otherwise(pl.lit("paid")),
    },
    settled_states=(),
    authority=0,
)
