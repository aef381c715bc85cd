"""Douyin 分次结算: settlements of an order in phases, field names of `buyin.MCNMultiSettlementOrders` (fen).

One row is one phase (`phase_id`: the n-th settlement) of the line `order_id`. Every row is settled; a negative one
takes money back. The commission is the base commission and the stepped reward; the base of the sale is the list's.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f


def _sum(base: str, reward: str) -> pl.Expr:
    return pl.col(base) + pl.col(reward).fill_null(0)


FORMAT = f.SalesFormat(
    code="douyin_phases",
    platform="douyin",
    title=_("Douyin settlements in phases"),
    account_from="id",
    columns={
        "order_key": f.identifier("order_id"),
        "part_key": f.identifier("phase_id"),
        "product_id": f.identifier("product_id").optional,
        "product_name": f.text("product_name").optional,
        "account_key": f.account("author_buyin_id"),
        "account_name": f.text("author_account").optional,
        "commission": f.fen("settle_shop_commission"),
        "reward": f.fen("settle_shop_reward_commission").optional,
        "holder": f.fen("settle_kol_commission"),
        "holder_reward": f.fen("settle_kol_reward_commission").optional,
        "fee": f.fen("settle_tech_service_fee"),
        "fee_reward": f.fen("settle_reward_tech_service_fee").optional,
        "agency": f.fen("settle_institution_commission").optional,
        "agency_reward": f.fen("settle_institution_reward_commission").optional,
        "settled_at": f.moment("settle_time"),
        "changed_at": f.moment("update_time").optional,
    },
    derive=lambda: {
        "status": pl.lit("settled"),
        "platform_status": pl.lit(None, pl.String),
        "set_gross": _sum("commission", "reward"),
        "set_fee": _sum("fee", "fee_reward"),
        "set_holder": _sum("holder", "holder_reward"),
        "set_agency": _sum("agency", "agency_reward"),
    },
    needs_when_settled=("commission", "fee", "settled_at"),
    parts="phases",
)
