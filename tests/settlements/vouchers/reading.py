"""Reads the files back as the accounting programmes do: what each line debits and credits, of whom."""

import csv
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import openpyxl

from mcn.settlements.vouchers.formats import kingdee_k3, kingdee_kis, yonyou_tplus, yonyou_u8
from mcn.settlements.vouchers.making import Voucher

# Number of the voucher, subject, payee's code, side, and the amount in fen: how often.
Found = Counter[tuple[int, str, str, str, int]]


def told(vouchers: Iterable[Voucher]) -> Found:
    """What the files have to say of these vouchers."""
    return Counter(
        (voucher.number, line.subject.code, line.payee.code if line.payee else "", side, fen)
        for voucher in vouchers
        for line in voucher.lines
        for side, fen in (("debit", line.debit), ("credit", line.credit))
        if fen
    )


def _fen(cell: object) -> int:
    amount = Decimal(str(cell or 0)).scaleb(2)
    assert amount == amount.to_integral_value(), cell
    return int(amount)


def _found(rows: Iterable[tuple[object, object, str, object, object]]) -> Found:
    return Counter(
        (int(str(number)), str(subject), payee, side, _fen(cell))
        for number, subject, payee, debit, credit in rows
        for side, cell in (("debit", debit), ("credit", credit))
        if _fen(cell)
    )


def _table(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".xlsx":
        header, *rows = [list(row) for row in openpyxl.load_workbook(path).worksheets[0].values]
        return [dict(zip([str(name) for name in header], row, strict=True)) for row in rows]
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def k3(path: Path) -> Found:
    return _found(
        (row["凭证号"], row["科目代码"], _kingdee(row["核算项目"]), row["借方"], row["贷方"]) for row in _table(path)
    )


def kis(path: Path) -> Found:
    return _found(
        (row["凭证号"], row["科目代码"], _kingdee(row["核算项目"]), row["借方金额"], row["贷方金额"])
        for row in _table(path)
    )


def _kingdee(item: object) -> str:
    return str(item).split("---", 2)[1] if item else ""


def tplus(path: Path) -> Found:
    return _found(
        (
            str(row["凭证号"]).rpartition("-")[2],
            row["科目编码"],
            str(row["辅助项"]).partition(":")[2].partition(" ")[0],
            row["借方金额"],
            row["贷方金额"],
        )
        for row in _table(path)
    )


def u8(path: Path) -> Found:
    first, *lines, last = path.read_bytes().decode("gbk").split("\r\n")
    assert (first, last) == ("填制凭证,V800", "")
    rows = [line.split(",") for line in lines]
    assert {len(row) for row in rows} <= {21}
    return _found((row[2], row[5], row[16] or row[17] or row[18], row[6], row[7]) for row in rows)


# Each format by the end of its file's name: who writes it, and who reads it back.
FORMATS: dict[str, tuple[Callable[[Path, Iterable[Voucher]], None], Callable[[Path], Found]]] = {
    "k3.csv": (kingdee_k3.write_file, k3),
    "k3.xlsx": (kingdee_k3.write_file, k3),
    "kis.csv": (kingdee_kis.write_file, kis),
    "kis.xlsx": (kingdee_kis.write_file, kis),
    "u8.txt": (yonyou_u8.write_file, u8),
    "tplus.csv": (yonyou_tplus.write_file, tplus),
}
