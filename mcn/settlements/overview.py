"""Reads of months and statements for pages: stored sums only, whatever the size of a month."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from mcn.anchors.models import Contract
from mcn.commissions.models import Unmatched
from mcn.core.periods import Period as Month
from mcn.sales.selectors import months_with_sales
from mcn.settlements.models import Period, Statement

State = Period.State


@dataclass(frozen=True)
class UnmatchedMoney:
    """What of one month belongs to nobody: lines, and pool in fen."""

    lines: int = 0
    pool_fen: int = 0


def months() -> list[Period]:
    """All months, newest first, without their frozen inputs."""
    return list(
        Period.objects.defer("inputs")
        .select_related("submitted_by", "first_approved_by", "approved_by")
        .order_by("-code")
    )


def month(code: str) -> Period | None:
    """One month without its frozen inputs; None where there is none."""
    rows = Period.objects.defer("inputs").select_related("submitted_by", "first_approved_by", "approved_by")
    return rows.filter(code=code).first()


def state_at(period: Period, until: datetime | None) -> str:
    """The state in which a month was at a moment, as far as its times tell: a review that was sent back left none."""
    if until is None:
        return str(period.state)
    steps = (
        (period.closed_at, State.CLOSED),
        (period.approved_at, State.APPROVED),
        (period.submitted_at, State.IN_REVIEW),
        (period.calculated_at, State.CALCULATED),
    )
    return next((state for at, state in steps if at is not None and at < until), State.OPEN)


def month_before(code: str) -> Period | None:
    """The latest month before this one that was calculated."""
    rows = Period.objects.defer("inputs").filter(code__lt=code, calculated_at__isnull=False)
    return rows.order_by("-code").first()


def known_months() -> list[str]:
    """Codes of all months with sales or a settlement, newest first."""
    found = {*months_with_sales(), *Period.objects.order_by().values_list("code", flat=True)}
    return sorted(found, reverse=True)


def unmatched_by_month() -> dict[str, UnmatchedMoney]:
    """Unmatched money by the month that waits for it."""
    rows = (
        Unmatched.objects.exclude(reason="")
        .order_by()
        .values("period")
        .annotate(lines=Count("id"), pool=Sum("pool_fen"))
    )
    return {row["period"]: UnmatchedMoney(row["lines"], int(row["pool"])) for row in rows}


def unmatched_of(code: str) -> UnmatchedMoney:
    """What of a month itself nobody gets: the amount that closing it asks to be accepted."""
    rows = Unmatched.objects.filter(period=code, carried=False).exclude(reason="")
    found = rows.aggregate(lines=Count("id"), pool=Sum("pool_fen"))
    return UnmatchedMoney(found["lines"], int(found["pool"] or 0))


def statements_of(period: Period) -> QuerySet:
    """The month's statements, by code."""
    return Statement.objects.filter(period=period).select_related("payee").order_by("code")


def statements_by_anchor(code: str) -> dict[int, int]:
    """Ids of a month's statements by the id of the anchor that they are of."""
    rows = Statement.objects.filter(period__code=code, payee__anchor__isnull=False)
    return dict(rows.values_list("payee__anchor", "pk"))


def statements_by_code(code: str) -> dict[str, int]:
    """The same by the anchor's code."""
    rows = Statement.objects.filter(period__code=code, payee__anchor__isnull=False)
    return dict(rows.values_list("payee__anchor__code", "pk"))


def calculated_months() -> list[str]:
    """Codes of the months that were calculated, newest first."""
    rows = Period.objects.filter(calculated_at__isnull=False).order_by("-code")
    return list(rows.values_list("code", flat=True))


def earlier_statements(period: Period | None) -> dict[int, Statement]:
    """Statements of another month by payee, to compare with."""
    return {row.payee_id: row for row in Statement.objects.filter(period=period)} if period else {}


def best_statements(period: Period, limit: int) -> list[Statement]:
    """The anchors whose orders brought most in the month."""
    rows = Statement.objects.filter(period=period, payee__anchor__isnull=False, net_gmv_fen__gt=0)
    return list(rows.select_related("payee__anchor").order_by("-net_gmv_fen", "code")[:limit])


def expiring_contracts(day: date, days: int = 30) -> list[dict[str, Any]]:
    """Contracts that end within so many days and have no successor, with the pool that their anchors brought last.

    Each: contract, days left, pool_fen (of the anchor's latest statement; what is at risk in a month).
    """
    last = day + timedelta(days=days)
    rows = list(
        Contract.objects.filter(ends_on__gte=day, ends_on__lte=last).select_related("anchor__payee").order_by("ends_on")
    )
    follows = set(
        Contract.objects.filter(anchor__in=[row.anchor_id for row in rows], ends_on__gt=last).values_list(
            "anchor_id", flat=True
        )
    )
    ending = [row for row in rows if row.anchor_id not in follows]
    pools = dict(
        Statement.objects.filter(payee__in=[row.anchor.payee_id for row in ending])
        .order_by("payee_id", "-period__code")
        .distinct("payee_id")
        .values_list("payee_id", "pool_fen")
    )
    return [
        {"contract": row, "days": (row.ends_on - day).days, "pool_fen": pools.get(row.anchor.payee_id)}
        for row in ending
    ]


def waiting_months(day: date) -> list[Period]:
    """Months that are not closed and over, or already on their way, oldest first."""
    current = str(Month.of(day))
    rows = Period.objects.defer("inputs").exclude(state=State.CLOSED)
    return list(rows.filter(Q(code__lt=current) | ~Q(state=State.OPEN)).order_by("code"))
