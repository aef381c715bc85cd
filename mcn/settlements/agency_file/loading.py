"""Load an agency file: all of it, or nothing."""

from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.settlements.agency_file import reading, sections, shape
from mcn.settlements.agency_file.applying import Applying
from mcn.settlements.agency_file.problems import AgencyFileError, Problem
from mcn.settlements.agency_file.report import Report

ONE_AT_A_TIME = 0x6D636E01  # two loads that create one agency must not race for its slug


def load(*, actor: User | None, path: Path) -> Report:
    """Create or update the agency that the file describes; returns what was created, changed, unchanged.

    Codes and numbers are the keys; what the file does not name is left alone. Raises AgencyFileError with
    every problem that was found (docs/agency-file.md); nothing is changed then.
    """
    document = reading.read(path)
    if document.data is None:
        raise AgencyFileError(document.file, [Problem("", _("The file is empty."))])
    wrong = shape.problems(document)
    if wrong:
        raise AgencyFileError(document.file, wrong)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        applying = Applying(actor=actor, document=document)
        sections.apply(applying)
        if applying.problems:
            in_order = sorted(applying.problems, key=lambda problem: (problem.line or 0, problem.path))
            raise AgencyFileError(document.file, in_order)
    return applying.report
