"""What stands in a month's way: for its cockpit. Reads stored sums and the audit trail, never order lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from mcn.accounts.models import AuditEntry
from mcn.core.periods import Period as Month
from mcn.sales import selectors as sales
from mcn.sales.models import DailySales
from mcn.settlements import inputs, overview
from mcn.settlements.disputes import reads as disputes
from mcn.settlements.models import Period, Statement

# Records that a calculation reads; a change of one after it means that it should be done again.
READ = (
    "anchors.advance",
    "anchors.anchor",
    "anchors.attendance",
    "anchors.contract",
    "anchors.contractversion",
    "anchors.depositmove",
    "anchors.payee",
    "anchors.platformaccount",
    "brands.deal",
    "live.session",
    "sales.entry",
    "sales.salesimport",
    "supply.sku",
    "tenancy.agency",
    "tenancy.platformfeerate",
)
CHANGING = ("create", "change", "supersede", "import")


@dataclass(frozen=True)
class Blocker:
    """Something in the month's way. `values` fill the sentence for `code`; fen at risk if it is about money."""

    code: str
    values: dict[str, Any]
    amount_fen: int | None = None
    stops: bool = False


def blockers(period: Period) -> list[Blocker]:
    """What should be looked at before the month goes on, the gravest first; nothing for a closed month."""
    if period.state == Period.State.CLOSED:
        return []
    found = []
    earlier = inputs.earlier_open(period.code)
    if earlier:
        found.append(Blocker("earlier_open", {"months": earlier}, stops=True))
    unmatched = overview.unmatched_of(period.code)
    if unmatched.lines:
        found.append(Blocker("unmatched", {"lines": unmatched.lines}, unmatched.pool_fen))
    objections = disputes.waiting(period.code)
    if objections.count:
        found.append(Blocker("disputes", {"count": objections.count}, objections.at_stake_fen))
    if period.calculated_at is not None:
        changes = changed_since(period.calculated_at)
        if changes:
            found.append(Blocker("stale", {"changes": changes}, stops=True))
        missing = guarantees_without_attendance(period)
        if missing:
            names = [row.name for row in missing]
            found.append(
                Blocker("attendance", {"names": names}, sum(row.details["guarantee"]["amount"] for row in missing))
            )
    return found + silent_platforms(Month.parse(period.code))


def changed_since(moment: datetime) -> list[AuditEntry]:
    """The latest changes to what calculations read, at most five."""
    rows = AuditEntry.objects.filter(at__gt=moment, target__in=READ, action__in=CHANGING)
    return list(rows.order_by("-at")[:5])


def guarantees_without_attendance(period: Period) -> list[Statement]:
    """Payees whose guarantee asks for days or hours, and of whom no attendance is known."""
    rows = Statement.objects.filter(period=period, details__guarantee__amount__gt=0).order_by("code")
    return [
        row
        for row in rows
        if (row.details["guarantee"]["min_days"] or row.details["guarantee"]["min_hours"])
        and not row.details["attendance"]["valid_days"]
    ]


def silent_platforms(month: Month) -> list[Blocker]:
    """Platforms that sold in the month before and have nothing in this one: a file may be missing."""
    here, before = _by_platform(month), _by_platform(month.previous)
    return [
        Blocker("silent_platform", {"platform": platform}, before[platform])
        for platform in sorted(before.keys() - here.keys())
        if before[platform]
    ]


def _by_platform(month: Month) -> dict[str, int]:
    rows = DailySales.objects.filter(day__gte=month.start, day__lt=month.end)
    return dict(rows.order_by().values_list("platform").annotate(gmv=Sum("gmv_fen")))


def data_until(month: Month) -> tuple[int, Any]:
    """Lines paid in the month, and the last day that has one (None without any)."""
    last = DailySales.objects.filter(day__gte=month.start, day__lt=month.end).order_by("-day").first()
    return sales.sums_of_month(month).lines, last.day if last else None
