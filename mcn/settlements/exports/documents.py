"""`statements-pdf`: every statement of the month as a PDF, packed into one zip."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mcn.settlements import overview, pdf
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency


@dataclass(frozen=True)
class Documents:
    """One kind of export that is papers or vouchers instead of a table of ours, and has formats of its own.

    `write` makes the file at the path, in the format that its suffix says, tells how many papers of how many are done,
    and returns their number. `forms` are its formats: the first one, unless others of them are asked for.
    """

    label: str | Promise
    write: Callable[[Path, Agency, Period, Callable[[int, int], None]], int]
    forms: tuple[str, ...] = ("zip",)


def write_statements(path: Path, agency: Agency, period: Period, progress: Callable[[int, int], None]) -> int:
    """One PDF for each statement, by code; of a closed month the same bytes every time."""
    statements = list(overview.statements_of(period))
    moment = timezone.localtime(pdf.made_at(period), agency.zone).timetuple()[:6]
    taken: set[str] = set()
    with zipfile.ZipFile(path, "w") as archive:  # a PDF is packed already
        for place, statement in enumerate(statements):
            progress(place, len(statements))
            statement.period = period
            name = pdf.file_name(statement)
            name = f"{statement.pk}-{name}" if name in taken else name  # codes that differ in a sign no file has
            taken.add(name)
            archive.writestr(zipfile.ZipInfo(name, moment), pdf.statement_pdf(agency, statement))
    return len(statements)


STATEMENTS_PDF = Documents(_("Statements as PDF"), write_statements)
