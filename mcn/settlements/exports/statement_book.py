"""One statement as xlsx: its lines on the first sheet, every share that they are made of on the second.

The second sheet ends with the total of the shares and how far it is from what the statement says was earned.
"""

from pathlib import Path
from typing import Any

import polars as pl
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.core import formats
from mcn.core.exports import Column, Kind, local_times, workbook, write_table
from mcn.core.planning import expecting
from mcn.settlements import month_shares, pdf
from mcn.settlements.exports import lines
from mcn.settlements.models import Statement
from mcn.settlements.pdf.codes import code_of
from mcn.settlements.statements import words
from mcn.settlements.statements.lines import buckets_of, earlier_of, lines_of
from mcn.tenancy.models import Agency

COLUMNS = (
    Column("number", gettext_lazy("No."), Kind.COUNT, width=6),
    Column("line", gettext_lazy("Line"), width=26),
    Column("amount", gettext_lazy("Amount (¥)"), Kind.AMOUNT, width=15),
    Column("told", gettext_lazy("Where it comes from"), width=70),
)
LINE_COLUMNS = tuple(column for column in lines.COLUMNS if column.name != "payee")


def size(statement: Statement) -> int:
    """How many shares the second sheet will have."""
    return month_shares.count(statement.period, statement.payee_id)


def write(path: Path, agency: Agency, statement: Statement) -> int:
    """Write the file, in the current language; returns the number of shares. The same closed statement always gives
    the same bytes.

    In a transaction whose times are worded in the agency's zone from the second sheet on: nothing else may be read in
    it until it returns.
    """
    first = _statement(agency, statement)
    period, count = statement.period, size(statement)
    with (
        workbook(path, made_at=pdf.made_at(period)) as book,
        local_times(agency.timezone),
        expecting(count),
    ):
        write_table(book, COLUMNS, [first], title=_("Statement"), expected=None)
        frames = lines.frames_of_payee(agency, period, statement.payee_id)
        return write_table(book, LINE_COLUMNS, frames, title=_("Lines"), expected={"share": statement.earned_fen})


def _statement(agency: Agency, statement: Statement) -> pl.DataFrame:
    """What the statement is of, its lines with where they come from, and the figures beside it."""
    buckets = buckets_of(statement)
    period = statement.period
    facts = [
        (_("Agency"), agency.name),
        (_("Payee"), f"{statement.code} {statement.name}"),
        (_("Month"), formats.period(period.code)),
        (_("State"), str(period.get_state_display())),
        (_("Verification code"), code_of(agency.slug, statement)),
    ]
    rows: list[tuple[Any, ...]] = [(None, label, None, told) for label, told in facts if told]
    rows += [
        (None if line.is_part else line.number, line.label, line.amount, line.source)
        for line in lines_of(statement, earlier_of(statement), buckets)
    ]
    rows += [(None, words.label(f"{name}_fen"), getattr(statement, f"{name}_fen"), "") for name in ("net_gmv", "pool")]
    rows.append((None, words.label("lines"), None, f"{statement.lines:,}"))
    schema = {"number": pl.Int64, "line": pl.String, "amount": pl.Int64, "told": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def file_name(statement: Statement) -> str:
    """What the file is called: month, code and name of the payee."""
    return get_valid_filename(f"{statement.period.code}-{statement.code}-{statement.name}") + ".xlsx"
