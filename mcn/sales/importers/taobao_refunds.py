"""Taobao 维权 list, field names of `taobao.tbk.relation.refund` (csv, xlsx or json, yuan).

A refund after settlement: a dated record of its own on a sub-order, several per order. What it takes back
stands as negative settled amounts. It counts where the refund succeeded (2) or the promoter is to pay it or
has paid it (12, 13); where the seller pays (14, 15) or nothing is decided (4, 11) nothing is taken back.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="taobao_refunds",
    platform="taobao",
    title=_("Taobao Union refunds"),
    account_from="order",
    columns={
        "order_key": f.identifier("tb_trade_parent_id"),
        "line_key": f.identifier("tb_trade_id"),
        "part_key": f.identifier("refund_suit_id"),
        "status": f.status(
            {
                "4": "refund_pending",
                "11": "refund_pending",
                "14": "refund_pending",
                "2": "refunded",
                "12": "refunded",
                "13": "refunded",
                "3": "refund_failed",
                "15": "refund_failed",
            },
            "refund_status",
        ),
        "changed_at": f.moment("tk_refund_time"),
        "refunded_base": f.yuan("refund_fee"),
        "refunded_gross": f.yuan("show_return_fee"),
        "refunded_fee": f.yuan("tk_commission_alimm_refund_fee"),
    },
    derive=lambda: {
        "set_base": -pl.col("refunded_base"),
        "set_gross": -pl.col("refunded_gross"),
        "set_fee": -pl.col("refunded_fee").fill_null(0),
    },
    settled_states=("refunded",),
    parts="refunds",
    needs_when_settled=("refunded_base", "refunded_gross"),
    line_named_by="sub_order",
)
