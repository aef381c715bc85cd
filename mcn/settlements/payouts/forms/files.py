"""A bank's file of a batch: the same layout and payouts always give the same bytes."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import fastexcel
import xlsxwriter
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from mcn.core.errors import RuleError
from mcn.core.money import fen_from_yuan
from mcn.settlements.models import PayingAccount, Payout, PayoutBatch
from mcn.settlements.payouts.forms.columns import BUILT_IN, NEEDED, SOURCES, Column, columns_of

FileType = PayingAccount.FileType
ENCODINGS = {FileType.CSV_GB18030: "gb18030", FileType.CSV_UTF8: "utf-8-sig"}
FORMULA = re.compile(r"[=@]|[+-][^0-9]")  # a phone number may begin with +86
MADE = datetime(2020, 1, 1, tzinfo=UTC)  # written into a workbook instead of now, so that it can be made again


class WrongTotal(RuntimeError):
    """What stands in a file is not what the payouts add up to: the file must not leave the house."""


def layout_of(batch: PayoutBatch) -> dict[str, Any]:
    """How the batch's file is laid out, as its paying account says now. Raises RuleError as `columns_of` does."""
    account = batch.account
    if account.form == PayingAccount.Form.OWN:
        columns, title, has_header = columns_of(account.columns), "", account.has_header
    else:
        built_in = BUILT_IN[account.form]
        columns, title, has_header = list(built_in.columns), built_in.title, True
    return {
        "title": title,
        "has_header": has_header,
        "columns": [{"header": one.header, "source": one.source, "text": one.text} for one in columns],
        "file_type": account.file_type,
        "payer": account.number,
        "payer_holder": account.holder,
        "purpose": account.purpose,
    }


def write(batch: PayoutBatch, layout: dict[str, Any]) -> tuple[bytes, int]:
    """The file's bytes, and the sum of its amounts in fen, read back from the bytes.

    Raises RuleError where a payee's data cannot stand in it, and WrongTotal.
    """
    columns = [Column(**entry) for entry in layout["columns"]]
    payouts = [one for one in batch.payouts.select_related("payee").order_by("place") if one.state != "dropped"]
    rows = [[_cell(column, batch, one, layout) for column in columns] for one in payouts]
    head = [[layout["title"]]] if layout["title"] else []
    if layout["has_header"]:
        head.append([column.header for column in columns])
    kind = layout["file_type"]
    content = _xlsx(head, rows) if kind == FileType.XLSX else _csv(head, rows, ENCODINGS[kind])
    total = total_of(content, layout)
    if total != sum(one.amount_fen for one in payouts):
        raise WrongTotal(f"{batch}: {total}")
    return content, total


def content(batch: PayoutBatch) -> bytes:
    """The bytes of a file that was made before. Raises WrongTotal where they are others than then."""
    made, _total = write(batch, batch.layout)  # type: ignore[arg-type]
    if digest(made) != batch.file_sha256:
        raise WrongTotal(f"{batch}: the file is not the one that was exported")
    return made


def total_of(made: bytes, layout: dict[str, Any]) -> int:
    """The sum in fen of the amounts that stand in a file."""
    place = next(i for i, column in enumerate(layout["columns"]) if column["source"] == "amount")
    skip = bool(layout["title"]) + bool(layout["has_header"])
    return sum(fen_from_yuan(row[place]) for row in list(_rows(made, layout["file_type"]))[skip:])


def digest(made: bytes) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(made).hexdigest()


def file_name(batch: PayoutBatch) -> str:
    """What the file is called: batch, paying account, day."""
    end = "xlsx" if batch.account.file_type == FileType.XLSX else "csv"
    return get_valid_filename(f"{batch}-{batch.account.code}-{batch.pay_on:%Y%m%d}") + f".{end}"


def _cell(column: Column, batch: PayoutBatch, one: Payout, layout: dict[str, Any]) -> str:
    account: Any = one.account
    values = {
        "": column.text,
        "place": str(one.place),
        "reference": one.reference,
        "code": one.payee.code,
        "holder": account["name"],
        "account": account["account"],
        "bank": account.get("bank", ""),
        "branch": account.get("branch", ""),
        "province": account.get("province", ""),
        "city": account.get("city", ""),
        "cnaps": account.get("cnaps", ""),
        "phone": account.get("phone", ""),
        "amount": f"{one.amount_fen // 100}.{one.amount_fen % 100:02d}",
        "currency": "CNY",
        "purpose": layout["purpose"] or one.reference,
        "pay_on": f"{batch.pay_on:%Y%m%d}",
        "payer": layout["payer"],
        "payer_holder": layout["payer_holder"],
    }
    text = values[column.source]
    # A bank's programme does not read a cell as a formula is neutralised, and a line break ends the row.
    if FORMULA.match(text) or any(sign < " " for sign in text):
        raise RuleError(
            _("%(payee)s: the %(what)s “%(text)s” cannot stand in a bank's file."),
            payee=one.payee,
            what=SOURCES.get(column.source, column.header),
            text=text,
        )
    if column.source in NEEDED and not text:
        raise RuleError(_("%(payee)s: the %(what)s is missing."), payee=one.payee, what=SOURCES[column.source])
    return text


def _csv(head: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([*head, *rows])
    return text.getvalue().encode(encoding)


def _xlsx(head: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> bytes:
    """All cells are text: a spreadsheet shortens an account's number otherwise."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False}) as book:
        book.set_properties({"created": MADE})
        sheet, text = book.add_worksheet(), book.add_format({"num_format": "@"})
        for number, cells in enumerate([*head, *rows]):
            for place, cell in enumerate(cells):
                sheet.write_string(number, place, cell, text)
    return target.getvalue()


def _rows(made: bytes, kind: str) -> Iterable[Sequence[str]]:
    if kind == FileType.XLSX:
        sheet = fastexcel.read_excel(made).load_sheet(0, header_row=None, dtypes="string")
        return sheet.to_polars().rows()
    return csv.reader(io.StringIO(made.decode(ENCODINGS[FileType(kind)]), newline=""))
