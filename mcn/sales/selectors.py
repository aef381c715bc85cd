"""Reads of sales data for pages: stored sums, imports. Nothing here adds up order lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min, Q, QuerySet, Sum

from mcn.anchors.models import PlatformAccount
from mcn.core.periods import Period
from mcn.sales.models import DailySales, DailySettled, EarningEvent, FormerPart, OrderLine, SalesImport
from mcn.tenancy.models import Agency


@dataclass(frozen=True)
class Sums:
    """Stored sums of some days, fen. `gmv_fen` leaves refunded and invalid lines out.

    `open_*` are those of lines that are neither settled nor invalid.
    """

    lines: int = 0
    invalid_lines: int = 0
    gmv_fen: int = 0
    estimated_gross_fen: int = 0
    settled_base_fen: int = 0
    settled_pool_fen: int = 0
    open_lines: int = 0
    open_estimate_fen: int = 0

    @property
    def refund_rate(self) -> Decimal | None:
        """Part of the lines that were refunded or are invalid, to four places; None without lines."""
        return (Decimal(self.invalid_lines) / self.lines).quantize(Decimal("0.0001")) if self.lines else None

    @property
    def settled_rate(self) -> Decimal | None:
        """Part of the GMV that is settled so far, to three places; None without sales."""
        return (Decimal(self.settled_base_fen) / self.gmv_fen).quantize(Decimal("0.001")) if self.gmv_fen else None


FIGURES = (
    "lines",
    "invalid_lines",
    "gmv_fen",
    "estimated_gross_fen",
    "settled_base_fen",
    "settled_pool_fen",
    "open_lines",
    "open_estimate_fen",
)


def _sums(rows: QuerySet) -> dict[str, Any]:
    found = rows.aggregate(**{f"sum_{name}": Sum(name) for name in FIGURES})
    return {name: int(found[f"sum_{name}"] or 0) for name in FIGURES}


def has_imports() -> bool:
    """Whether sales came in, or are coming in. One that was only looked at works out everything anew if it comes in."""
    without = (SalesImport.State.FAILED, SalesImport.State.PREVIEWED, SalesImport.State.DROPPED)
    return SalesImport.objects.exclude(state__in=without).exists()


def sums_of_month(month: Period) -> Sums:
    """What was sold on the business days of a month, by payment date."""
    return Sums(**_sums(DailySales.objects.filter(day__gte=month.start, day__lt=month.end)))


def sums_of_accounts(month: Period) -> list[tuple[str, str, Sums]]:
    """(platform, account key, what was sold) of every account in a month, by platform, the most open first."""
    rows = DailySales.objects.filter(day__gte=month.start, day__lt=month.end).order_by()
    found = [
        (row["platform"], row["account_key"], Sums(**{name: int(row[f"sum_{name}"]) for name in FIGURES}))
        for row in rows.values("platform", "account_key").annotate(**{f"sum_{name}": Sum(name) for name in FIGURES})
    ]
    return sorted(found, key=lambda row: (row[0], -row[2].open_estimate_fen, row[1]))


def gmv_by_day(month: Period) -> dict[str, list[int]]:
    """GMV of every day of the month by platform, fen; platforms without sales are left out."""
    rows = (
        DailySales.objects.filter(day__gte=month.start, day__lt=month.end)
        .order_by()
        .values("platform", "day")
        .annotate(gmv=Sum("gmv_fen"))
    )
    days = (month.end - month.start).days
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["platform"], [0] * days)[(row["day"] - month.start).days] = int(row["gmv"])
    return found


def sums_by_account(month: Period, limit: int) -> list[dict[str, Any]]:
    """The accounts that sold most in the month: platform, account_key, gmv (fen), lines."""
    rows = (
        DailySales.objects.filter(day__gte=month.start, day__lt=month.end)
        .order_by()
        .values("platform", "account_key")
        .annotate(gmv=Sum("gmv_fen"), lines=Sum("lines"))
    )
    return sorted(rows, key=lambda row: (-row["gmv"], row["platform"], row["account_key"]))[:limit]


def months_with_sales() -> list[str]:
    """Codes of the months in which orders were paid, newest first."""
    days = DailySales.objects.order_by().values_list("day__year", "day__month").distinct()
    return sorted((f"{year:04d}-{number:02d}" for year, number in days), reverse=True)


def days_with_sales() -> tuple[date, date] | None:
    """First and last day with a sale; None where there is none."""
    found = DailySales.objects.aggregate(first=Min("day"), last=Max("day"))
    return (found["first"], found["last"]) if found["first"] else None


def accounts_with_sales(limit: int = 500) -> list[tuple[str, str]]:
    """(platform, account key) of every account that has lines."""
    rows = DailySales.objects.order_by("platform", "account_key").values_list("platform", "account_key")
    return list(rows.distinct()[:limit])


def account_names(keys: Iterable[str]) -> dict[tuple[str, str], str]:
    """What people call these accounts, by (platform, account id): the nickname, else the anchor who holds it."""
    known = PlatformAccount.objects.filter(account_id__in=set(keys)).select_related("anchor").order_by("starts_on")
    return {(one.platform, one.account_id): one.nickname or one.anchor.stage_name for one in known}


# Order lines by payment time. Within a day the database sorts: an index of moments would cost every import more than
# all pages together save.
BY_TIME = ("paid_on", "paid_at")


def day_window(first: date | None, last: date | None) -> Q:
    """The condition "paid on a business day from `first` to `last`, both included"; an open end is None."""
    found = Q()
    if first is not None:
        found &= Q(paid_on__gte=first)
    if last is not None:
        found &= Q(paid_on__lte=last)
    return found


def find_order(number: str) -> Q:
    """The condition "this order": by its whole number, which an index answers for every platform at once."""
    return Q(platform__in=[code for code, _label in OrderLine._meta.get_field("platform").choices or ()]) & Q(
        order_key=number
    )


def days_of_account(platform: str, account_key: str) -> tuple[date, date] | None:
    """Between which days an account sold: bounds the walk over its lines."""
    rows = DailySales.objects.filter(platform=platform, account_key=account_key)
    found = rows.aggregate(first=Min("day"), last=Max("day"))
    return (found["first"], found["last"]) if found["first"] else None


def with_changes(rows: QuerySet) -> QuerySet:
    """Imports together with the sums of what they change, without the lists that only their own page shows."""
    lists = ("payment_months", "accounts", "events", "entries", "anchors")
    return rows.select_related("difference").defer(*(f"difference__{name}" for name in lists))


def settled_on(day: date, platform: str, account_key: str) -> DailySettled | None:
    """The stored sums of the events dated on a business day, of one account; None where there is none."""
    return DailySettled.objects.filter(day=day, platform=platform, account_key=account_key).first()


def events_of_day(agency: Agency, day: date, platform: str, account_key: str) -> QuerySet:
    """The earning events dated on a business day, of one account, with their lines, whichever month settles them."""
    rows = EarningEvent.objects.filter(
        agency=agency,
        occurred_at__gte=agency.day_start(day),
        occurred_at__lt=agency.day_start(day + timedelta(days=1)),
        line__platform=platform,
    ).filter(Q(line__account_key=account_key) | Q(line__account_key="", line__account_name=account_key))
    return rows.select_related("line", "sales_import")


def files_of(line: OrderLine) -> list[SalesImport]:
    """The imports that wrote to the line, its events or its parts, oldest first; also those that were replaced since.

    A file that told nothing new of the line is not among them: that is not kept for each line.
    """
    told = (line.events, line.former_states, line.parts, FormerPart.objects.filter(part__line=line))
    written = {line.sales_import_id}
    written.update(*(rows.values_list("sales_import_id", flat=True) for rows in told))
    return list(SalesImport.objects.filter(pk__in=written).order_by("pk"))


def recent_imports(states: Sequence[str], since: Any) -> QuerySet:
    """Imports in these states since a moment, newest first."""
    return SalesImport.objects.filter(state__in=states, created_at__gte=since).order_by("-created_at")
