"""What can be wrong with a file or one of its rows, as codes with a sentence each.

The sentence is chosen when it is shown, so that the same error reads in each reader's own language.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop, pgettext

from mcn.core.errors import DomainError

FILE_REASONS = {
    "empty_file": gettext_noop("The file is empty (0 bytes)."),
    "file_too_large": gettext_noop("The file has %(size)s MB; the limit is %(limit)s MB. Split it into several files."),
    "document_too_large": gettext_noop(
        "Unpacked, this workbook or page has %(size)s MB; the limit is %(limit)s MB. Save it as CSV instead."
    ),
    "workbook_too_wide": gettext_noop(
        "Opening this workbook takes too much memory. It is damaged, or a cell stands far below or beside the table:"
        " copy the table into a new file, or save it as CSV."
    ),
    "open_quote": gettext_noop(
        "The quotes of this row are open and take in rows below it, which would be lost. Correct them and try again."
    ),
    "unreadable_encoding": gettext_noop(
        "The text cannot be read as UTF-8, GB18030 or UTF-16. Save it as UTF-8 and try again."
    ),
    "cell_too_long": gettext_noop("A cell is longer than %(limit)s characters: probably a quote is never closed."),
    "not_a_table": gettext_noop("This is no table: neither CSV, Excel, HTML table, JSON list nor ZIP of them."),
    "damaged": gettext_noop("The file is damaged and cannot be read. Download it from the platform again."),
    "broken_json": gettext_noop(
        "The JSON is faulty or breaks off in line %(line)s, at character %(character)s. Download it again."
    ),
    "password": gettext_noop("The file is protected by a password. Remove the password and try again."),
    "json_shape": gettext_noop("The JSON is neither a list of orders nor an object with one such list."),
    "zip_bomb": gettext_noop("The archive unpacks to far more than it should (%(detail)s); it was not opened."),
    "zip_unsafe_name": gettext_noop("The archive holds an entry that points outside of it: “%(entry)s”."),
    "zip_nested": gettext_noop("The archive holds another archive: “%(entry)s”. Unpack it first."),
    "zip_nothing": gettext_noop("The archive holds no table."),
    "unknown_format": gettext_noop("These headers belong to no known format. Known are: %(known)s."),
    "unknown_format_code": gettext_noop("There is no format “%(format)s”. Known are: %(known)s."),
    "missing_columns": gettext_noop(
        "This looks like “%(format)s” (row %(row)s), but these columns are missing: %(columns)s."
    ),
    "other_headers": gettext_noop(
        "This looks like the column mapping “%(format)s” (row %(row)s), but the headers are not those it was made for:"
        " %(columns)s. Choose the mapping for the import, or make a new version of it."
    ),
    "several_formats": gettext_noop("These headers fit several formats (%(formats)s). Name the one to use."),
}

ROW_REASONS = {
    "key_missing": gettext_noop("The identifier is empty."),
    "lost_digits": gettext_noop(
        "“%(value)s” is a number whose last digits were lost (scientific notation). Export the column as text."
    ),
    "zeroed_digits": gettext_noop(
        "“%(value)s” ends in zeros like most of its column: a spreadsheet kept only 15 digits of it. Download the file"
        " again and bring it in without opening and saving it."
    ),
    "bad_id": gettext_noop("“%(value)s” is no identifier."),
    "not_money": gettext_noop("“%(value)s” is no amount."),
    "too_many_decimals": gettext_noop("“%(value)s” has parts of a fen; an amount has at most two decimals."),
    "amount_missing": gettext_noop("The row is settled but this amount is empty."),
    "not_time": gettext_noop("“%(value)s” is no date and time."),
    "time_missing": gettext_noop("The time of payment is empty."),
    "not_rate": gettext_noop("“%(value)s” is no rate from 0 to 1 in the unit that was chosen."),
    "key_too_long": gettext_noop("The columns that name the line are together longer than 64 characters."),
    "not_count": gettext_noop("“%(value)s” is no quantity."),
    "unknown_status": gettext_noop("“%(value)s” is a status this format does not know."),
    "date_missing": gettext_noop("The date is empty."),
    "unknown_income": gettext_noop(
        "This income line is unknown. Known are: slot_fee, tips, ads, bonus, penalty, commission_cost."
    ),
    "unknown_holder": gettext_noop("Nobody holds the account on this day."),
    "unknown_anchor": gettext_noop("There is no anchor with this code."),
    "wrong_sign": gettext_noop("A shared cost is written as a negative amount, everything else as a positive one."),
    "entry_moved": gettext_noop("The entry is already written for another anchor or another income line."),
    "code_taken": gettext_noop("An entry that was typed has this number already."),
    "several_products": gettext_noop(
        "The order has several products, and the file does not say which part of its commission is this one's."
    ),
    "too_many_cells": gettext_noop("The row has more cells than the header; its values may be shifted."),
    "cut_off": gettext_noop("The file ends in the middle of this row; it was probably cut off on the way here."),
    "totals_row": gettext_noop("A totals row: it is no sale and was left out."),
    "repeated": gettext_noop("The same line stands in the file again in a newer state, which counts."),
    "not_paid": gettext_noop("Not paid yet: no sale."),
}

# What is named in a sentence about a place, in the order in which one looks for it.
_PLACES = (
    ("file", gettext_noop("file “%(file)s”")),
    ("sheet", gettext_noop("sheet “%(sheet)s”")),
    ("row", gettext_noop("row %(row)s")),
    ("column", gettext_noop("column “%(column)s”")),
)


def place_text(**place: Any) -> str:
    """“file “x.csv”, row 3, column “订单id””, in the reader's language; unknown parts are left out."""
    named = [gettext(msgid) % place for key, msgid in _PLACES if place.get(key) is not None]
    return pgettext("between the parts of a place", ", ").join(named)


def placed(reason: str, **place: Any) -> str:
    """A reason after its place, as one line."""
    return " ".join((gettext("%(place)s: %(reason)s") % {"place": place_text(**place), "reason": reason}).split())


def row_reason_text(code: str, value: str | None = None) -> str:
    """The sentence for a refused or skipped row, in the reader's language."""
    return gettext(ROW_REASONS[code]) % {"value": value or ""}


class SalesFileError(DomainError):
    """A file that cannot be imported at all: `code`, where it went wrong and what fills the sentence.

    `str()` gives place and reason in the language active at that moment. Nothing else is raised for
    what stands in a file, whatever stands in it.
    """

    def __init__(self, code: str, *, file: str, sheet: str | None = None, **params: Any) -> None:
        self.code = code
        super().__init__(FILE_REASONS[code], file=file, sheet=sheet, **params)

    def __str__(self) -> str:
        # A row that the sentence itself names is not repeated in the place.
        place = {key: value for key, value in self.params.items() if f"%({key})s" not in self.message}
        return placed(gettext(self.message) % self.params, **place)
