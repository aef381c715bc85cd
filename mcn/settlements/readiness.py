"""What stands in a month's way: for its cockpit. Reads stored sums and the audit trail, never order lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Contract
from mcn.commissions.models import Bucket
from mcn.core.periods import Period as Month
from mcn.sales import reconciliation
from mcn.sales import selectors as sales
from mcn.sales.models import DailySales, PlatformBill
from mcn.settlements import inputs, overview
from mcn.settlements.disputes import reads as disputes
from mcn.settlements.invoicing import INVOICED
from mcn.settlements.models import Period, Statement

# Records that a calculation reads; a change of one after it means that it should be done again.
READ = (
    "anchors.advance",
    "anchors.anchor",
    "anchors.attendance",
    "anchors.contract",
    "anchors.contractversion",
    "anchors.depositmove",
    "anchors.instalmentplan",
    "anchors.payee",
    "anchors.platformaccount",
    "brands.deal",
    "live.session",
    "sales.entry",
    "sales.salesimport",
    "settlements.plancancellation",
    "supply.sku",
    "tenancy.agency",
    "tenancy.platformfeerate",
)
JUMP_FEN = 1000_00  # smaller changes from month to month are not told
CHANGING = ("create", "change", "supersede", "import", "cancel", "approve")


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
        found += of_statements(period)
    return found + differing_bills(Month.parse(period.code)) + silent_platforms(Month.parse(period.code))


def of_statements(period: Period) -> list[Blocker]:
    """What the month's statements themselves warn of, with the money that it is about."""
    missing = guarantees_without_attendance(period)
    guarantees = sum(row.details["guarantee"]["amount"] for row in missing)
    unsigned = without_signature(period)
    negative = list(Statement.objects.filter(period=period, carried_forward_fen__lt=0).order_by("code"))
    jumped = jumps(period)
    invoiced = list(Statement.objects.filter(period=period, kind__in=INVOICED, net_pay_fen__gt=0).order_by("code"))
    rows: tuple[tuple[str, list[Statement], int], ...] = (
        ("attendance", missing, guarantees),
        ("unsigned", unsigned, sum(row.earned_fen for row in unsigned)),
        ("negative", negative, -sum(row.carried_forward_fen for row in negative)),
        ("jumps", [row for row, _before in jumped], sum(abs(row.earned_fen - before) for row, before in jumped)),
        ("invoices", invoiced, sum(row.net_pay_fen for row in invoiced)),
    )
    return [Blocker(code, {"names": [row.name for row in found]}, fen) for code, found, fen in rows if found]


def without_signature(period: Period) -> list[Statement]:
    """Statements of anchors who are paid by a contract of which no day of signing is recorded."""
    contracts = Contract.objects.filter(signed_on__isnull=True)
    payees = Bucket.objects.filter(
        period=period.code, version__contract__in=contracts, anchor__payee=F("payee")
    ).values("payee")
    return list(Statement.objects.filter(period=period, payee__in=payees).order_by("code"))


def jumps(period: Period) -> list[tuple[Statement, int]]:
    """Statements whose earned is half as much again, or less than half, of the month before, with that (fen).

    Differences below `JUMP_FEN` are nobody's surprise.
    """
    earlier = overview.earlier_statements(overview.month_before(period.code))
    found = []
    for row in Statement.objects.filter(period=period).order_by("code"):
        before = earlier[row.payee_id].earned_fen if row.payee_id in earlier else None
        if before is None:
            continue
        difference = abs(row.earned_fen - before)
        if difference >= JUMP_FEN and difference * 2 >= abs(before):
            found.append((row, before))
    return found


def differing_bills(month: Month) -> list[Blocker]:
    """Bills of platforms that say something else than the files, by what their amounts are."""
    found = []
    for measure in PlatformBill.Measure:
        days = [day for day in reconciliation.days_of(month, measure) if day.differs]
        if days:
            values = {"measure": measure, "days": len(days), "month": f"{month}"}
            found.append(Blocker("bills", values, sum(abs(day.difference_fen or 0) for day in days)))
    return found


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
