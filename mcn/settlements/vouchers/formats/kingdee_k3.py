"""Kingdee K/3 WISE: the 37 columns of its standard vouchers, as it writes and reads them itself."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mcn.settlements.vouchers.formats import kingdee
from mcn.settlements.vouchers.formats.writing import Cell, amount, write
from mcn.settlements.vouchers.making import Line, Voucher

HEADER = (
    "凭证日期", "会计年度", "会计期间", "凭证字", "凭证号", "科目代码", "科目名称", "币别代码", "币别名称", "原币金额",
    "借方", "贷方", "制单", "审核", "核准", "出纳", "经办", "结算方式", "结算号", "凭证摘要", "数量", "数量单位",
    "单价", "参考信息", "业务日期", "往来业务编号", "附件数", "序号", "系统模块", "业务描述", "汇率类型", "汇率",
    "分录序号", "核算项目", "过账", "机制凭证", "现金流量",
)  # fmt: skip
NOBODY = "NONE"  # nobody has audited, approved or paid yet
NOTHING = "*"  # no way of settlement, no unit


def rows(vouchers: Iterable[Voucher]) -> Iterator[list[Cell]]:
    """One row per line. Lines count from 0 within a voucher, vouchers from 1."""
    for voucher in vouchers:
        for line in voucher.lines:
            yield _row(voucher, line)


def _row(voucher: Voucher, line: Line) -> list[Cell]:
    day = f"{voucher.dated_on:%Y-%m-%d}"
    told: dict[str, Cell] = {
        "凭证日期": day,
        "会计年度": voucher.dated_on.year,
        "会计期间": voucher.dated_on.month,
        "凭证字": voucher.head.word,
        "凭证号": voucher.number,
        "科目代码": line.subject.code,
        "科目名称": line.subject.name,
        "币别代码": "RMB",
        "币别名称": "人民币",
        "原币金额": amount(line.debit + line.credit),
        "借方": amount(line.debit),
        "贷方": amount(line.credit),
        "制单": voucher.head.preparer,
        "审核": NOBODY,
        "核准": NOBODY,
        "出纳": NOBODY,
        "结算方式": NOTHING,
        "凭证摘要": voucher.summary,
        "数量": 0,
        "数量单位": NOTHING,
        "单价": 0,
        "业务日期": day,
        "附件数": 0,
        "序号": voucher.number,
        "汇率类型": "公司汇率",
        "汇率": 1,
        "分录序号": line.number - 1,
        "核算项目": kingdee.item(voucher, line),
        "过账": 0,
    }
    return [told.get(name, "") for name in HEADER]


def write_file(path: Path, vouchers: Iterable[Voucher]) -> None:
    """Write the vouchers as xlsx or csv. Raises RuleError as `kingdee.item` does."""
    write(path, HEADER, rows(vouchers), sheet="Page1")
