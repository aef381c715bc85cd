"""The agency's own list of other income and costs (csv or xlsx, yuan): slot fees, tips, ads, bonuses, penalties, costs.

One row per entry, under the agency's own number, for an anchor by its code.
"""

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers import formats as f

INCOME = {
    "坑位费": "slot_fee",
    "打赏": "tips",
    "广告": "ads",
    "奖金": "bonus",
    "罚款": "penalty",
    "分摊成本": "commission_cost",
    **{code: code for code in ("slot_fee", "tips", "ads", "bonus", "penalty", "commission_cost")},
}

FORMAT = f.SalesFormat(
    code="other_income",
    platform="",
    title=_("Other income and costs (the agency's own list)"),
    account_from="anchor",
    entries=True,
    columns={
        "order_key": f.identifier("编号", "code"),
        "settled_at": f.day("日期", "date"),
        "account_key": f.account("主播编号", "anchor"),
        "income": f.text("收入类型", "income"),
        "set_gross": f.yuan("金额", "金额(元)", "amount"),
        "product_name": f.text("备注", "note").optional,
    },
    derive=lambda: {
        "status": pl.lit("settled"),
        "part_key": pl.col("income").replace_strict(INCOME, default="", return_dtype=pl.String),
        "platform_status": pl.col("income"),
        "refused_date_missing": pl.col("settled_at").is_null(),
        "refused_unknown_income": ~pl.col("income").is_in(list(INCOME)).fill_null(False),
        "refused_amount_missing": pl.col("set_gross").is_null(),
    },
)
