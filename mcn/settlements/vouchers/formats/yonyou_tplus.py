"""Yonyou T+: the simple table of eight columns. It has none for the voucher word, which stands in the number."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers.formats.writing import Cell, amount_or_blank, write
from mcn.settlements.vouchers.making import Line, Voucher

HEADER = ("凭证日期", "凭证号", "附单据数", "摘要", "科目编码", "辅助项", "借方金额", "贷方金额")
CATEGORIES = {Auxiliary.SUPPLIER: "供应商", Auxiliary.EMPLOYEE: "个人", Auxiliary.CUSTOMER: "客户"}


def rows(vouchers: Iterable[Voucher]) -> Iterator[list[Cell]]:
    """One row per line, with the amount on its side and the other side empty."""
    for voucher in vouchers:
        for line in voucher.lines:
            yield [
                f"{voucher.dated_on:%Y-%m-%d}",
                f"{voucher.head.word}-{voucher.number:04d}",
                0,
                voucher.summary,
                line.subject.code,
                _item(line),
                amount_or_blank(line.debit),
                amount_or_blank(line.credit),
            ]


def _item(line: Line) -> str:
    """Category, code and name of the payee: 供应商:A01 小鹿; empty where the line has none."""
    if line.payee is None:
        return ""
    return f"{CATEGORIES[line.subject.auxiliary]}:{line.payee.code} {line.payee.name}"


def write_file(path: Path, vouchers: Iterable[Voucher]) -> None:
    """Write the vouchers as csv."""
    write(path, HEADER, rows(vouchers), sheet="凭证")
