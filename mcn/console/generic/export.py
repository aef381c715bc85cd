"""A list as a csv file: what the screen shows, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

# A cell that starts so is run as a formula by spreadsheets.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LIMIT = 50_000


def safe_cell(text: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe goes before a formula's first character.

    Plain numbers, negative ones included, stay numbers.
    """
    if text.startswith(FORMULA) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    digits = text[1:].replace(".", "", 1)
    return text[0] == "-" and digits.isascii() and digits.isdigit()


def csv_response(name: str, rows: Iterable[Iterable[object]]) -> HttpResponse:
    """The rows as a download in UTF-8 with BOM (without it, spreadsheets garble Chinese); never cached."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([safe_cell(str(cell)) for cell in row])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store, private"
    return response
