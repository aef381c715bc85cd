"""WeChat 优选联盟 agency orders, field names of the league API, flattened (csv, xlsx or json, fen).

Either the video account (finder) or the seller (talent) earned the commission; the other's amount is 0.
On cancellation the platform sets the amounts to 0 in place. An order cancelled after settlement that keeps
its amounts was not clawed back: it is only flagged.
JSON may also be nested as the API answers; its paths are the second names.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

_ORDER = "order_detail_"
_COMMISSION = "commission_info_"


def _has(column: str) -> pl.Expr:
    return pl.col(column).fill_null(0) != 0


def _lines() -> dict[str, pl.Expr]:
    finder_named = pl.col("finder_id").is_not_null() | pl.col("finder_name").is_not_null()
    # Amounts decide; where there are none (an order cancelled, or not reckoned yet), ratios; then names.
    by_finder = _has("finder_amount") | (
        ~_has("talent_amount") & (_has("finder_ratio") | (~_has("talent_ratio") & finder_named))
    )
    holder = pl.when(by_finder).then(pl.col("finder_amount")).otherwise(pl.col("talent_amount"))
    gross = holder + pl.col("service_total").fill_null(0)
    settled = pl.col("commission") == "settled"
    pending = pl.col("commission") == "pending"
    cancelled = pl.col("order_state") == "invalid"
    return {
        "account_key": pl.when(by_finder).then("finder_id").otherwise("talent_id"),
        "account_name": pl.when(by_finder).then("finder_name").otherwise("talent_name"),
        "status": pl.when(pending).then(pl.col("order_state").fill_null("paid")).otherwise(pl.col("commission")),
        "platform_status": pl.concat_str(
            pl.col("commission_text"), pl.col("order_state_text"), separator="/", ignore_nulls=True
        ),
        # The file has one set of amounts: an estimate until it is settled, then the settled money.
        "est_base": pl.when(~settled).then(pl.col("base")),
        "est_gross": pl.when(~settled).then(gross),
        "est_fee": pl.when(~settled).then(pl.col("fee")),
        "est_holder": pl.when(~settled).then(holder),
        "set_base": pl.col("base"),
        "set_gross": gross,
        "set_fee": pl.col("fee"),
        "set_holder": holder,
        "set_agency": pl.col("service_net"),
        "flag_cancelled_after_settlement": settled & cancelled & (gross != 0),
        "flag_two_holders": (pl.col("finder_amount").fill_null(0) != 0) & (pl.col("talent_amount").fill_null(0) != 0),
    }


FORMAT = f.SalesFormat(
    code="wechat_league",
    platform="wechat",
    title=_("WeChat league agency orders"),
    account_from="id",
    columns={
        "order_key": f.identifier("order_id"),
        "line_key": f.identifier("sku_id"),
        "commission": f.status({"20": "pending", "100": "settled", "200": "invalid"}, "commission_status", "status"),
        "order_state": f.status(
            {
                "10": f.UNPAID,
                "12": "paid",
                "13": "paid",
                "17": "paid",
                "20": "paid",
                "21": "paid",
                "30": "shipped",
                "100": "received",
                "200": "invalid",
                "250": "invalid",
            },
            "order_status",
            f"{_ORDER}order_info_order_status",
        ),
        "shop_name": f.text("shop_name", f"{_ORDER}shop_info_shop_name").optional,
        "product_id": f.identifier("product_id", f"{_ORDER}product_info_product_id"),
        "product_name": f.text("product_name", "title", f"{_ORDER}product_info_title").optional,
        "quantity": f.count("product_cnt", f"{_ORDER}product_info_product_cnt").optional,
        "base": f.fen("actual_payment", f"{_ORDER}product_info_actual_payment"),
        "room_id": f.identifier("room_id", "live_room_id").optional,
        "finder_id": f.account(
            "openfinderid", "finder_openfinderid", f"{_COMMISSION}finder_info_openfinderid"
        ).optional,
        "finder_name": f.text("finder_nickname", f"{_COMMISSION}finder_info_nickname").optional,
        "finder_ratio": f.fen("finder_ratio", f"{_COMMISSION}finder_info_ratio").optional,
        "finder_amount": f.fen("finder_amount", f"{_COMMISSION}finder_info_amount").optional,
        "talent_id": f.account(
            "opentalentid", "talent_opentalentid", f"{_COMMISSION}talent_info_opentalentid"
        ).optional,
        "talent_name": f.text("talent_nickname", f"{_COMMISSION}talent_info_nickname").optional,
        "talent_ratio": f.fen("talent_ratio", f"{_COMMISSION}talent_info_ratio").optional,
        "talent_amount": f.fen("talent_amount", f"{_COMMISSION}talent_info_amount").optional,
        "service_total": f.fen("service_total_amount", f"{_COMMISSION}service_total_amount"),
        "fee": f.fen("platform_amount", f"{_COMMISSION}platform_amount"),
        "service_net": f.fen("service_amount", f"{_COMMISSION}service_amount").optional,
        "paid_at": f.moment("pay_time", f"{_ORDER}order_info_pay_time"),
        "changed_at": f.moment("update_time"),
        "settled_at": f.moment("profit_sharding_suc_time", f"{_COMMISSION}profit_sharding_suc_time"),
    },
    derive=_lines,
    needs_when_settled=("base", "set_gross"),
    authority=2,
    line_named_by="sku",
)
