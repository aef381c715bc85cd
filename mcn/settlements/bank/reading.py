"""A bank statement as a file: which lines left the account, which came in."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.core.errors import RuleError
from mcn.sales.importers.formats import normal_header
from mcn.sales.reading.cells import Parsed, parse_account, parse_moment, parse_text, parse_yuan
from mcn.sales.reading.errors import placed, row_reason_text
from mcn.sales.reading.limits import MB
from mcn.sales.reading.named import named_columns, open_tables
from mcn.sales.reading.tables import ROW_NUMBER

MOST_ROWS: Final = 50_000
LARGEST_BYTES: Final = 16 * MB
# What banks and Alipay call the columns.
NAMES: Final = {
    "day": (
        "交易日期",
        "交易时间",
        "记账日期",
        "入账日期",
        "入账时间",
        "发生日期",
        "交易日",
        "日期",
        "发生时间",
        "date",
    ),
    "out": (
        "支出金额",
        "借方金额",
        "借方发生额",
        "付款金额",
        "转出金额",
        "支出",
        "支出（元）",
        "支出（-元）",
        "借方",
        "支出金额（元）",
    ),
    "in": (
        "收入金额",
        "贷方金额",
        "贷方发生额",
        "收款金额",
        "转入金额",
        "收入",
        "收入（元）",
        "收入（+元）",
        "贷方",
        "收入金额（元）",
    ),
    "amount": ("金额", "交易金额", "发生额", "金额（元）", "交易金额（元）", "amount"),
    "side": ("借贷标志", "借贷方向", "收支类型", "收/支", "借/贷", "收付标志", "借贷", "收支"),
    "name": (
        "对方户名",
        "对方名称",
        "对方账户名称",
        "收款人名称",
        "收款方名称",
        "交易对方",
        "收/付款人名称",
        "对方单位名称",
        "name",
    ),
    "number": ("对方账号", "对方账户", "收款人账号", "收款账号", "收/付款人账号", "对方卡号", "account"),
    "text": ("摘要", "交易摘要", "业务摘要", "交易类型", "text"),
    "purpose": ("用途", "交易用途", "付款用途"),
    "remark": ("备注", "附言", "留言", "交易备注", "商品名称"),
    "serial": ("流水号", "交易流水号", "交易流水", "银行流水号", "业务流水号", "账务流水号", "核心流水号", "回单编号"),
}
LABELS: Final = {
    "day": gettext_lazy("Date"),
    "out": gettext_lazy("Money out"),
    "in": gettext_lazy("Money in"),
    "amount": gettext_lazy("Amount"),
    "side": gettext_lazy("In or out"),
    "name": gettext_lazy("Name"),
    "number": gettext_lazy("Account number"),
}
SIDES: Final = {
    "借": 1,
    "支出": 1,
    "支": 1,
    "付": 1,
    "往账": 1,
    "d": 1,
    "贷": -1,
    "收入": -1,
    "收": -1,
    "来账": -1,
    "c": -1,
}
_TOTALS = frozenset({"合计", "总计", "汇总", "小计", "total"})


@dataclass(frozen=True)
class ReadLine:
    """One line of a statement; `amount_fen` > 0 left the account, < 0 came in. `key` tells it from all others."""

    row_number: int
    key: str
    booked_on: date
    amount_fen: int
    name: str
    number: str
    text: str


@dataclass
class ReadStatement:
    """What a file says, or what is wrong with it: one sentence a fault, with its row and column."""

    lines: list[ReadLine] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_statement(path: Path, *, name: str, zone: ZoneInfo) -> ReadStatement:
    """The lines that moved money. Rows without an amount and totals rows are left out.

    Raises RuleError for a file that is no csv or workbook, lacks a column or is too long; SalesFileError for one that
    cannot be read.
    """
    tables = open_tables(path, name=name, largest_bytes=LARGEST_BYTES)
    table, header, columns = named_columns(tables, NAMES, ("day", "out"), ("day", "amount"), ("day", "in"))
    found, seen = ReadStatement(), Counter[str]()
    for cells in table.frames(header=header, names=list(columns.values())):
        for line, faults in _lines(cells, columns, zone, seen):
            found.faults += faults
            if line is not None:
                found.lines.append(line)
        if len(found.lines) + len(found.faults) > MOST_ROWS:
            raise RuleError(_("A bank statement has at most %(n)s rows; split it."), field="upload", n=MOST_ROWS)
    return found


def _lines(
    cells: pl.DataFrame, columns: Mapping[str, str], zone: ZoneInfo, seen: Counter[str]
) -> Iterator[tuple[ReadLine | None, list[str]]]:
    """Each line that moved money, or what is wrong with it."""
    nothing = pl.Series([None] * cells.height, dtype=pl.String)
    texts = {meaning: cells[columns[meaning]] if meaning in columns else nothing for meaning in NAMES}
    parsed: dict[str, Parsed] = {
        "day": parse_moment(texts["day"], str(zone)),
        **{meaning: parse_yuan(texts[meaning]) for meaning in ("out", "in", "amount")},
        "number": parse_account(texts["number"]),
        **{meaning: parse_text(texts[meaning]) for meaning in ("side", "name", "text", "purpose", "remark", "serial")},
    }
    for place, number in enumerate(cells[ROW_NUMBER]):
        values = {meaning: one.values[place] for meaning, one in parsed.items()}
        given = {meaning: texts[meaning][place] or "" for meaning in NAMES}
        words = {normal_header(given[meaning]) for meaning in ("day", "name", "text")}
        if not any(given[meaning].strip() for meaning in ("out", "in", "amount")) or words & _TOTALS:
            continue
        faults = [
            _fault(number, meaning, row_reason_text(one.refused[place], given[meaning]))
            for meaning, one in parsed.items()
            if one.refused is not None and one.refused[place] is not None
        ]
        if not faults and values["day"] is None:
            faults = [_fault(number, "day", _("The cell is empty."))]
        amount = None if faults else _amount(values)
        if amount is None and not faults:
            faults = [_fault(number, "side", _("It does not say whether money came in or left."))]
        if faults:
            yield None, faults
        elif amount:
            day = values["day"].astimezone(zone).date()
            text = " ".join(dict.fromkeys(values[one] for one in ("text", "purpose", "remark") if values[one]))
            said = (f"{day}", f"{amount}", values["name"] or "", values["number"] or "", text)
            key = _key(values["serial"], amount, said, seen)
            yield ReadLine(number, key, day, amount, said[2][:200], said[3], text[:300]), []


def _amount(values: Mapping[str, str | int | None]) -> int | None:
    """Fen that left (> 0) or came in (< 0); 0 moves nothing, None where the side is not known.

    One column of amounts needs a word for the side, or signs: what is negative has left.
    """
    out, into, one = (int(values[name] or 0) for name in ("out", "in", "amount"))
    if out or into:
        return abs(out) - abs(into)
    if not one:
        return 0
    word = str(values["side"] or "").strip().casefold()
    if word:
        side = SIDES.get(word)
        return None if side is None else side * abs(one)
    return -one


def _key(serial: str | None, amount: int, said: tuple[str, ...], seen: Counter[str]) -> str:
    """The bank's number with the amount, else a hash of what the line says and its place among equal ones."""
    base = f"{serial} {amount}" if serial else hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:40]
    seen[base] += 1
    key = base if seen[base] == 1 else f"{base} #{seen[base]}"
    return key if len(key) <= 80 else hashlib.sha256(key.encode()).hexdigest()


def _fault(number: int, meaning: str, reason: str) -> str:
    return placed(reason, row=number, column=str(LABELS[meaning]) if meaning in LABELS else None)
