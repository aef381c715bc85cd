"""What stands on a payee's identity document, as somebody typed it."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.anchors.models import Document, Sex
from mcn.core.errors import RuleError


def check_document(document: dict[str, str]) -> None:
    """Raises RuleError, naming `document.<part>`, for a document or sex that is not known, a day that does not exist,
    and for an entry into China before the day of birth."""
    if kind := document.get("kind"):
        guards.one_of(Document, kind, field="document.kind")
    if sex := document.get("sex"):
        guards.one_of(Sex, sex, field="document.sex")
    born, entered = _day(document, "born_on"), _day(document, "entered_on")
    if born and entered and entered < born:
        raise RuleError(
            _("came to China on %(entered)s, before being born on %(born)s."),
            field="document.entered_on",
            entered=entered,
            born=born,
        )


def _day(document: dict[str, str], part: str) -> date | None:
    text = document.get(part)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RuleError(_("There is no day %(value)s."), field=f"document.{part}", value=text) from error
