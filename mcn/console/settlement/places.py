"""What a correction, a dispute or a hold speaks of, in words and with where it is."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.console.settlement.statements import statement_address
from mcn.core import formats
from mcn.core.errors import RuleError
from mcn.settlements.models import Statement
from mcn.settlements.models.places import OfStatement
from mcn.settlements.places import Place, of_share, of_statement


@dataclass(frozen=True)
class Told:
    """`text` is what it is; `url` leads to the statement, empty for who may not see it or where there is none."""

    text: str
    url: str = ""


def told(record: OfStatement | Place, member: Any) -> Told:
    """What a record or place speaks of. A record's event, line and entry should be loaded with it."""
    period = record.period
    if period is None:
        return Told(_("no statement"))
    source = record.share if isinstance(record, Place) else record
    month = formats.period(period.code)
    if source is not None and source.event is not None:
        text = _("Order %(order)s of %(month)s") % {"order": source.event.line.order_key, "month": month}
    elif source is not None and source.entry is not None:
        text = _("Entry %(entry)s of %(month)s") % {"entry": source.entry.code, "month": month}
    else:
        text = _("Statement of %(month)s") % {"month": month}
    return Told(text, statement_address(period.code, record.payee.pk) if member.can("settlements.view") else "")


def place_asked(request: HttpRequest) -> Place | None:
    """The statement or share that the address names (`?statement=` or `?share=`). Http404 where it is not there."""
    statement, share = (request.GET.get(name, "") for name in ("statement", "share"))
    if statement.isdecimal():
        rows = Statement.objects.select_related("period", "payee").defer("period__inputs")
        found = rows.filter(pk=int(statement)).first()
        if found is None:
            raise Http404
        return of_statement(found)
    if share.isdecimal():
        try:
            return of_share(int(share))
        except RuleError as error:
            raise Http404 from error
    return None


def back_to(place: Place | None, otherwise: str) -> str:
    """Where a form leads back to: the statement that it was opened from, else a page by its name."""
    if place is None or place.period is None:
        return reverse(otherwise)
    return statement_address(place.period.code, place.payee.pk)
