"""Douyin orders of an institution's anchors, field names of `buyin.instituteOrderMCN` (csv, xlsx or json, fen).

The commission is the shop's expense (总佣金 = 技术服务费 + 达人 + 机构). Whether it holds the stepped reward parts
is not documented, so they are not added; parts that do not add up to it are flagged.
A refunded order keeps its estimates in the file.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f


def _lines() -> dict[str, pl.Expr]:
    live = pl.col("media_type") == "live"
    return {
        "account_key": pl.coalesce("buyin_id", "short_id"),
        "room_id": pl.when(live & (pl.col("media_id") != "0")).then(pl.col("media_id")),
        "traffic": pl.when(live).then(pl.lit("live")).when(~live).then(pl.lit("other")),
        "est_gross": pl.coalesce("shop_estimate", "total_estimate"),
    }


FORMAT = f.SalesFormat(
    code="douyin_institution",
    platform="douyin",
    title=_("Douyin institution orders"),
    account_from="id",
    columns={
        "order_key": f.identifier("order_id"),
        "product_id": f.identifier("product_id"),
        "product_name": f.text("product_name").optional,
        "account_name": f.text("author_account"),
        "buyin_id": f.account("author_buyin_id"),
        "short_id": f.account("author_short_id").optional,
        "shop_name": f.text("shop_name").optional,
        "media_type": f.text("media_type").optional,
        "media_id": f.identifier("media_id").optional,
        "quantity": f.count("item_num").optional,
        "est_base": f.fen("pay_goods_amount"),
        "set_base": f.fen("settled_goods_amount"),
        "shop_estimate": f.fen("shop_estimated_commission").optional,
        "total_estimate": f.fen("estimated_total_commission").optional,
        "set_gross": f.fen("shop_real_commission"),
        "est_fee": f.fen("estimated_tech_service_fee"),
        "set_fee": f.fen("settled_tech_service_fee"),
        "est_holder": f.fen("estimated_commission"),
        "set_holder": f.fen("real_commission"),
        "set_agency": f.fen("institution_commission"),
        "status": f.status(
            {
                "PAY_SUCC": "paid",
                "CONFIRM": "received",
                "SETTLE": "settled",
                "REFUND": "invalid",
            },
            "flow_point",
        ),
        "paid_at": f.moment("pay_success_time"),
        # JSON leaves out what no order of the list has yet.
        "settled_at": f.moment("settle_time").optional,
        "refunded_at": f.moment("refund_time").optional,
        "changed_at": f.moment("update_time"),
    },
    derive=_lines,
    needs_when_settled=("set_base", "set_gross", "set_fee", "set_holder"),
    authority=2,
)
