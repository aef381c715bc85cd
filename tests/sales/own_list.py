"""An agency's own list of orders, and a column mapping that reads it."""

from pathlib import Path
from typing import Any

from mcn.sales.importers.formats import SalesFormat
from mcn.sales.importers.layouts import Layout
from mcn.sales.importers.mapped import mapped_format
from tests.sales.platform_files import as_csv, read

HEADER = ["单号", "主播号", "付款", "结算", "状态", "基数", "佣金", "备注列"]
ROW = ["A1", "acc-1", "2026-07-01 10:00:00", "2026-07-20 10:00:00", "好了", "100.00", "12.50", "x"]
LAYOUT = Layout(
    columns={
        "order_key": "单号",
        "account_key": "主播号",
        "paid_at": "付款",
        "settled_at": "结算",
        "status": "状态",
        "set_base": "基数",
        "set_gross": "佣金",
    },
    states={"好了": "settled", "没了": "invalid", "剩下": "reduced", "等": "paid", "未付": "unpaid"},
)


def mapped(layout: Layout, headers: list[str], code: str = "mapped:1:1", platform: str = "douyin") -> SalesFormat:
    assert layout.problems() == {}
    return mapped_format(layout, code=code, platform=platform, title="自有", headers=headers)


def of(layout: Layout, rows: list[list[Any]], folder: Path, **options: Any) -> tuple[Any, Any, Any]:
    path = folder / "own.csv"
    path.write_text(as_csv(rows), "utf-8")
    return read(path, own=[mapped(layout, rows[0])], **options)


def without(layout: Layout, *meanings: str, **changes: Any) -> Layout:
    columns = {meaning: column for meaning, column in layout.columns.items() if meaning not in meanings}
    return Layout(**{**layout.as_json(), "columns": columns, **changes})
