"""Pinduoduo 多多进宝 orders, field names of `pdd.ddk.order.list` (csv, xlsx or json, fen).

The file has one set of amounts: an estimate until the order is settled, then the settled money. It carries no fee.
The account is the promotion position (pid) where rows name it, or given with the import. Orders that failed the
review (4), are none of 多多进宝 (8) or were punished (10) earn nothing. The parts of the team leader and of the live
room's owner (share_amount, sep_market_fee) are other people's and are kept in the raw row only.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f


def _lines() -> dict[str, pl.Expr]:
    settled = pl.col("status") == "settled"
    return {
        "est_base": pl.when(~settled).then(pl.col("base")),
        "est_gross": pl.when(~settled).then(pl.col("commission")),
        "set_base": pl.col("base"),
        "set_gross": pl.col("commission"),
    }


FORMAT = f.SalesFormat(
    code="pdd_duoduo",
    platform="pinduoduo",
    title=_("Pinduoduo promotion orders"),
    account_from="name",
    columns={
        "order_key": f.identifier("order_sn"),
        "product_id": f.identifier("goods_id"),
        "product_name": f.text("goods_name").optional,
        "quantity": f.count("goods_quantity").optional,
        "account_key": f.account("p_id", "pid").optional,
        "base": f.fen("order_amount"),
        "commission": f.fen("promotion_amount"),
        "status": f.status(
            {
                "-1": f.UNPAID,
                "0": "paid",
                "1": "paid",
                "2": "received",
                "3": "received",
                "4": "invalid",
                "5": "settled",
                "8": "invalid",
                "10": "invalid",
            },
            "order_status",
        ),
        "paid_at": f.moment("order_pay_time"),
        "received_at": f.moment("order_receive_time").optional,
        # JSON leaves out what no order of the list has yet.
        "settled_at": f.moment("order_settle_time").optional,
        "changed_at": f.moment("order_modify_at"),
    },
    derive=_lines,
    needs_when_settled=("base", "commission"),
)
