"""Kingdee KIS and 精斗云: the simple table of ten columns."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mcn.settlements.vouchers.formats import kingdee
from mcn.settlements.vouchers.formats.writing import Cell, amount_or_blank, write
from mcn.settlements.vouchers.making import Voucher

HEADER = (
    "凭证日期", "凭证字", "凭证号", "附件数", "摘要", "科目代码", "科目名称", "借方金额", "贷方金额", "核算项目",
)  # fmt: skip


def rows(vouchers: Iterable[Voucher]) -> Iterator[list[Cell]]:
    """One row per line, with the amount on its side and the other side empty."""
    for voucher in vouchers:
        for line in voucher.lines:
            yield [
                f"{voucher.dated_on:%Y-%m-%d}",
                voucher.head.word,
                voucher.number,
                0,
                voucher.summary,
                line.subject.code,
                line.subject.name,
                amount_or_blank(line.debit),
                amount_or_blank(line.credit),
                kingdee.item(voucher, line),
            ]


def write_file(path: Path, vouchers: Iterable[Voucher]) -> None:
    """Write the vouchers as csv or xlsx. Raises RuleError as `kingdee.item` does."""
    write(path, HEADER, rows(vouchers), sheet="凭证")
