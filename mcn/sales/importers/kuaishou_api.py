"""Kuaishou CPS orders of an anchor, field names of the API (csv, xlsx or json, fen, milliseconds).

结算金额 is net, so the fee is 0. Line and product are those of the 快分销 order list, so that both tell of one line.
JSON may also be nested as the API answers, with one product view per order; its paths are the second names.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

_PRODUCT = "cpsOrderProductView_"

FORMAT = f.SalesFormat(
    code="kuaishou_api",
    platform="kuaishou",
    title=_("Kuaishou CPS orders"),
    account_from="id",
    columns={
        "order_key": f.identifier("oid"),
        "line_key": f.identifier("itemId", f"{_PRODUCT}itemId"),
        "account_key": f.account("distributorId"),
        "product_name": f.text("itemTitle", f"{_PRODUCT}itemTitle").optional,
        "shop_name": f.text("sellerNickName", f"{_PRODUCT}sellerNickName").optional,
        "quantity": f.count("num", f"{_PRODUCT}num").optional,
        "status": f.status(
            {
                "30": "paid",
                "40": "shipped",
                "50": "received",
                "60": "settled",
                "80": "invalid",
            },
            "cpsOrderStatus",
        ),
        "base": f.fen("baseAmount"),
        "est_gross": f.fen("estimatedIncome", f"{_PRODUCT}estimatedIncome"),
        "set_gross": f.fen("settlementAmount"),
        "paid_at": f.moment("payTime"),
        "received_at": f.moment("recvTime").optional,
        "settled_at": f.moment("settlementSuccessTime"),
        "changed_at": f.moment("updateTime"),
    },
    derive=lambda: {
        "product_id": pl.col("line_key"),
        "est_base": pl.col("base"),
        "set_base": pl.col("base"),
        "est_fee": pl.lit(0, pl.Int64),
        "set_fee": pl.lit(0, pl.Int64),
    },
    needs_when_settled=("base", "set_gross"),
    authority=2,
)
