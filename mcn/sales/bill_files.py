"""A platform's bill as a file: one row per day and account, as csv or xlsx."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.core.errors import RuleError
from mcn.sales.importers.formats import normal_header
from mcn.sales.reading.cells import Parsed, parse_account, parse_count, parse_moment, parse_yuan
from mcn.sales.reading.errors import placed, row_reason_text
from mcn.sales.reading.limits import MB
from mcn.sales.reading.named import named_columns, open_tables
from mcn.sales.reading.tables import CUT_OFF, ROW_NUMBER, SURPLUS
from mcn.sales.services.bills import BilledDay

MOST_ROWS: Final = 20_000
LARGEST_BYTES: Final = 8 * MB
# What people and platforms call the columns; the first name is that of the template.
NAMES: Final = {
    "day": ("日期", "结算日期", "账单日期", "支付日期", "付款日期", "date", "day"),
    "account": ("账号", "账号ID", "达人ID", "抖音号", "抖音/火山号", "account", "account id"),
    "amount": ("金额", "金额(元)", "账单金额", "amount"),
    "count": ("笔数", "订单数", "数量", "count", "orders"),
}
LABELS: Final = {
    "day": gettext_lazy("Date"),
    "account": gettext_lazy("Account"),
    "amount": gettext_lazy("Amount"),
    "count": gettext_lazy("Count"),
}
NEEDED: Final = ("day", "account", "amount")
_TOTALS = frozenset({"合计", "总计", "汇总", "小计", "total", "totals", "sum"})


@dataclass
class BillFile:
    """What a file says, or what is wrong with it: one sentence a fault, with its row and column."""

    rows: list[BilledDay] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_bill(path: Path, *, name: str, zone: ZoneInfo, accounts: Mapping[str, str]) -> BillFile:
    """The days that the file bills. Rows without an amount and totals rows are left out.

    `accounts`: what people may write for an account → its key (`reconciliation.accounts_by_text`). Raises RuleError
    for a file that is no csv or workbook, lacks a column or is too long; SalesFileError for one that cannot be read.
    """
    tables = open_tables(path, name=name, largest_bytes=LARGEST_BYTES)
    table, header, columns = named_columns(tables, NAMES, NEEDED)
    found = BillFile()
    seen: dict[tuple[str, object], int] = {}
    for cells in table.frames(header=header, names=list(columns.values())):
        for number, row, faults in _rows(cells, columns, zone, accounts):
            if row is not None and (earlier := seen.setdefault((row.account_key, row.day), number)) != number:
                faults = [_fault(number, None, _("Row %(row)s bills the same day of this account.") % {"row": earlier})]
            found.faults += faults
            if row is not None and not faults:
                found.rows.append(row)
        if len(seen) + len(found.faults) > MOST_ROWS:
            raise RuleError(_("A bill has at most %(n)s rows; split it."), field="upload", n=MOST_ROWS)
    return found


def _rows(
    cells: pl.DataFrame, columns: dict[str, str], zone: ZoneInfo, accounts: Mapping[str, str]
) -> Iterator[tuple[int, BilledDay | None, list[str]]]:
    """Row number, what it bills (None: nothing, or it is faulty) and what is wrong with it."""
    nothing = pl.Series([None] * cells.height, dtype=pl.String)
    texts = {meaning: cells[columns[meaning]] if meaning in columns else nothing for meaning in NAMES}
    parsed: dict[str, Parsed] = {
        "day": parse_moment(texts["day"], str(zone)),
        "account": parse_account(texts["account"]),
        "amount": parse_yuan(texts["amount"]),
        "count": parse_count(texts["count"]),
    }
    surplus = cells[SURPLUS] if SURPLUS in cells.columns else nothing
    for place, number in enumerate(cells[ROW_NUMBER]):
        values = {meaning: one.values[place] for meaning, one in parsed.items()}
        given = {meaning: texts[meaning][place] or "" for meaning in NAMES}
        if _is_left_out(given):
            continue
        if shape := (surplus[place] or "").strip(" \t\r\n"):
            yield (
                number,
                None,
                [_fault(number, None, row_reason_text("cut_off" if shape == CUT_OFF else "too_many_cells"))],
            )
            continue
        faults = []
        for meaning in NAMES:
            refused = parsed[meaning].refused
            code = None if refused is None else refused[place]
            if code is not None:
                faults.append(_fault(number, meaning, row_reason_text(code, given[meaning])))
            elif values[meaning] is None and meaning in NEEDED:
                faults.append(_fault(number, meaning, _("The cell is empty.")))
        if values["account"] and values["account"] not in accounts:
            words = _("The agency has no such account there: %(account)s.") % {"account": values["account"]}
            faults.append(_fault(number, "account", words))
        if faults:
            yield number, None, faults
        else:
            day = values["day"].astimezone(zone).date()
            yield number, BilledDay(accounts[values["account"]], day, values["amount"], values["count"]), []


def _is_left_out(given: dict[str, str]) -> bool:
    """Whether a row says nothing, or sums up the others."""
    words = {normal_header(given[meaning]) for meaning in ("day", "account")}
    return not (given["amount"].strip() or given["count"].strip()) or bool(words & _TOTALS)


def _fault(number: int, meaning: str | None, reason: str) -> str:
    return placed(reason, row=number, column=str(LABELS[meaning]) if meaning else None)


def template(days: Iterable[tuple[str, str, str]]) -> bytes:
    """A workbook to fill in: `days` are day, account and the account's name, which is only for people.

    All cells are text, so that no spreadsheet shortens an account's number.
    """
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet(_("Bill"))
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        heads = [NAMES["day"][0], NAMES["account"][0], _("Name"), NAMES["amount"][0], NAMES["count"][0]]
        for column, (head, width) in enumerate(zip(heads, (12, 24, 20, 14, 10), strict=True)):
            sheet.set_column(column, column, width, text if column < 3 else None)
            sheet.write_string(0, column, head, bold)
        for number, cells in enumerate(days, start=1):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell, text)
        sheet.freeze_panes(1, 0)
    return target.getvalue()
