"""The sheet of an exit as a PDF that both sides sign."""

from io import BytesIO
from pathlib import Path
from typing import Any

from django.http import FileResponse
from django.utils import translation
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core import formats
from mcn.core.downloads import private_download
from mcn.settlements.exits import words
from mcn.settlements.exits.sheet import from_json
from mcn.settlements.models import Exit
from mcn.settlements.pdf.rendering import pdf
from mcn.tenancy.models import Agency

TEMPLATE = Path(__file__).with_name("sheet.typ")


def paper_response(*, actor: User, agency: Agency, sheet: Exit) -> FileResponse:
    """The paper in the reader's language; who calls has checked the right to it. It is in the audit trail."""
    audit.record(actor=actor, action="download", target=sheet)
    made = BytesIO(sheet_pdf(agency, sheet))
    name = get_valid_filename(f"{sheet.code}-{sheet.anchor.code}-{sheet.anchor.stage_name}") + ".pdf"
    return private_download(made, name, "application/pdf")


def sheet_pdf(agency: Agency, sheet: Exit) -> bytes:
    """The sheet in the reader's language; the file is dated when the sheet was drawn up."""
    language = translation.get_language() or "en"
    return pdf(contents(agency, sheet), language=language, made_at=sheet.made_at, template=TEMPLATE)


def contents(agency: Agency, sheet: Exit) -> dict[str, Any]:
    """Everything on the paper, as texts and lists of texts."""
    rows = from_json(sheet.rows)
    return {
        "agency": agency.name,
        "title": _("Exit sheet"),
        "code": sheet.code,
        "draft": "" if sheet.is_settled else _("Simulated"),
        "facts": [
            [_("Anchor"), f"{sheet.anchor.code} {sheet.anchor.stage_name}"],
            [_("Legal name"), sheet.anchor.payee.legal_name],
            [_("Last day of the contract"), f"{sheet.ends_on}"],
            [_("Drawn up"), f"{sheet.made_at.astimezone(agency.zone):%Y-%m-%d}"],
            [_("Reason"), sheet.reason],
        ],
        "head": [_("Position"), _("Amount (¥)")],
        "rows": [_row(row) for row in map(words.row, (row for row in rows if row.counts))],
        "total": [verdict(sheet), formats.money(abs(sheet.total_fen))],
        "told": [_row(row) for row in map(words.row, (row for row in rows if not row.counts))],
        "told_title": _("For information, not in the total"),
        "note": _("Claims are before tax. Orders paid up to the last day are shared by the contract when they settle."),
        "sign": [_("Agency"), _("Anchor"), _("Date")],
    }


def verdict(sheet: Exit) -> str:
    """Who owes whom."""
    if sheet.total_fen > 0:
        return _("The agency owes the anchor")
    return _("The anchor owes the agency") if sheet.total_fen < 0 else _("Nobody owes anything")


def _row(told: words.Told) -> list[str]:
    return [told.label, told.source, "" if told.amount_fen is None else formats.yuan(told.amount_fen)]
