"""JD Union orders, field names of `jd.union.open.order.row.query` (csv, xlsx or json, yuan).

A completed order (validCode 17) is settled once the day in payMonth is over by the time the file was exported, and
is dated to the end of that day; until then it is received. 18 (settled) stands in older files only. Every code that
is not 15, 16, 17, 18 or 24 is one of an invalid order. A row names several places of promotion (positionId, siteId,
pid, subUnionId); which of them is an anchor's is the agency's own affair, so the account is given with the import.
There is no time of payment: that of the order stands for it. The file carries no fee.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

_INVALID = [*range(2, 15), *range(19, 24), *range(25, 29)]


def _lines() -> dict[str, pl.Expr]:
    # The platform names the day only. Its last second is in that business day wherever the day starts.
    paid_out = pl.col("pay_day") + pl.duration(days=1, seconds=-1)
    completed = pl.col("code") == "completed"
    over = (paid_out <= pl.col("exported_at")).fill_null(False)
    return {
        "platform_status": pl.col("code_text"),
        "status": pl.when(completed & over)
        .then(pl.lit("settled"))
        .when(completed)
        .then(pl.lit("received"))
        .otherwise(pl.col("code")),
        "settled_at": pl.when((completed & over) | (pl.col("code") == "settled")).then(paid_out),
    }


FORMAT = f.SalesFormat(
    code="jd_union",
    platform="jd",
    title=_("JD Union orders"),
    account_from="given",
    columns={
        "order_key": f.identifier("orderId"),
        "line_key": f.identifier("id"),
        "product_id": f.identifier("skuId"),
        "product_name": f.text("skuName").optional,
        "quantity": f.count("skuNum").optional,
        "code": f.status(
            {
                "15": f.UNPAID,
                "16": "paid",
                "17": "completed",
                "18": "settled",
                "24": "paid",
                **{str(code): "invalid" for code in _INVALID},
            },
            "validCode",
        ),
        "est_base": f.yuan("estimateCosPrice"),
        "est_gross": f.yuan("estimateFee"),
        "set_base": f.yuan("actualCosPrice"),
        "set_gross": f.yuan("actualFee"),
        "pay_day": f.moment("payMonth"),
        "paid_at": f.moment("orderTime"),
        "received_at": f.moment("finishTime").optional,
        "changed_at": f.moment("modifyTime"),
    },
    derive=_lines,
    needs_when_settled=("set_base", "set_gross"),
)
