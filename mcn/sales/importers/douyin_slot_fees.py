"""Douyin slot-fee orders, field names of `buyin.serviceFeeOrderList` (csv, xlsx or json, fen).

A slot fee (坑位费) is other income: a completed (50) or ended (70) order brings `real_fee`, what is left of the fee
after refunds, on the day of the live session. The rows do not name the account they were asked for: it is given with
the import.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

FORMAT = f.SalesFormat(
    code="douyin_slot_fees",
    platform="douyin",
    title=_("Douyin slot-fee orders"),
    account_from="given",
    entries=True,
    columns={
        "order_key": f.identifier("order_id"),
        "est_gross": f.fen("order_fee"),
        "refunded": f.fen("refund_fee").optional,
        "set_gross": f.fen("real_fee"),
        "status": f.status(
            {
                "20": "paid",
                "30": "paid",
                "40": "received",
                "50": "settled",
                "60": "refund_pending",
                "70": "settled",
                "待签署": "paid",
                "待交付": "paid",
                "待验收": "received",
                "已完成": "settled",
                "取消中": "refund_pending",
                "已结束": "settled",
            },
            "status",
        ),
        "live_at": f.moment("live_start_time"),
        "changed_at": f.moment("update_time"),
    },
    derive=lambda: {
        "part_key": pl.lit("slot_fee"),
        "settled_at": pl.coalesce("live_at", "changed_at"),
        "refused_date_missing": pl.col("live_at").is_null() & pl.col("changed_at").is_null(),
    },
    needs_when_settled=("set_gross",),
)
