"""What pages show of disputes."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from mcn.settlements.models import Dispute
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

State = Dispute.State
WITH = ("payee", "period", "event__line", "entry", "filed_by", "answered_by")


@dataclass(frozen=True)
class Waiting:
    """Open disputes: how many, how many of them are overdue, and the ¥ at stake in fen."""

    count: int
    overdue: int
    at_stake_fen: int


def disputes() -> QuerySet[Dispute]:
    """All disputes with what a list shows of them, the latest first."""
    return Dispute.objects.select_related(*WITH).defer("period__inputs").order_by("-filed_at", "-pk")


def listed(which: str = "open") -> QuerySet[Dispute]:
    """Those that are `open` (the earliest due first), `answered`, `done` or `all`."""
    rows = disputes()
    if which == "open":
        return rows.filter(state=State.OPEN).order_by("answer_by", "pk")
    if which == "answered":
        return rows.filter(state=State.ANSWERED)
    return rows.filter(state__in=[State.CLOSED, State.WITHDRAWN]) if which == "done" else rows


def of_statement(period_id: int, payee_id: int) -> QuerySet[Dispute]:
    """A payee's disputes on a month."""
    return disputes().filter(period=period_id, payee=payee_id)


def waiting(period: str = "") -> Waiting:
    """Open disputes, of one month (YYYY-MM) or of all."""
    today = Agency.objects.get(pk=current_agency_id()).today()
    rows = Dispute.objects.filter(state=State.OPEN)
    found = list(rows.filter(period__code=period) if period else rows)
    return Waiting(len(found), sum(row.answer_by < today for row in found), sum(row.at_stake_fen for row in found))


def due(last: date) -> QuerySet[Dispute]:
    """Open disputes whose time to answer ends on this day or before."""
    return Dispute.objects.filter(state=State.OPEN, answer_by__lte=last)
