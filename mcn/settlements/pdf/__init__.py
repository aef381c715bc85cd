"""A statement as a paper: a PDF that an anchor believes and finance files."""

from datetime import datetime

from django.utils import translation
from django.utils.text import get_valid_filename

from mcn.settlements.models import Period, Statement
from mcn.settlements.pdf.contents import contents
from mcn.settlements.pdf.logo import logo_of
from mcn.settlements.pdf.rendering import pdf
from mcn.tenancy.models import Agency


def statement_pdf(agency: Agency, statement: Statement, *, compared: bool = False) -> bytes:
    """The statement in the reader's language, if wanted `compared` with the payee's one before.

    The same closed statement always gives the same bytes.
    """
    told = contents(agency, statement, compared=compared)
    period = statement.period
    language, logo = translation.get_language() or "en", logo_of(agency, period)
    return pdf(told, language=language, made_at=made_at(period), logo=logo)


def made_at(period: Period) -> datetime:
    """The moment that a month's figures are of: when it was closed, before that when it was calculated."""
    moment = period.closed_at or period.calculated_at
    assert moment is not None, "a month with statements was calculated"
    return moment


def file_name(statement: Statement) -> str:
    """What the file is called: month, code and name of the payee."""
    return get_valid_filename(f"{statement.period.code}-{statement.code}-{statement.name}") + ".pdf"
