"""What the agency's files add up to against what the platforms' bills say, by day and account.

Everything is read from stored sums; nothing here looks at an order line (docs/money.md §1.1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, QuerySet

from mcn.anchors.models import PlatformAccount
from mcn.core.periods import Period
from mcn.sales.models import DailySales, DailySettled, PlatformBill

Measure = PlatformBill.Measure
# What the amount and the count of each measure are among the stored sums. A settlement in phases has as many rows in
# a bill as events here; what came back is in the amount, and no settlement of its own.
_SETTLEMENTS = F("settled_events") + F("supplement_events")
_AMOUNTS = {
    Measure.POOL: F("gross_fen") - F("fee_fen"),
    Measure.COMMISSION: F("gross_fen"),
    Measure.BASE: F("base_fen"),
    Measure.GMV: F("gmv_fen"),
    Measure.ESTIMATE: F("estimated_gross_fen"),
}


@dataclass(frozen=True)
class Day:
    """One day of one account: our sum and, where there is one, the bill's. Amounts are fen.

    `count` is the number of settlements, or of valid lines paid; `taken_back` that of clawbacks, or of lines that were
    refunded or are invalid.
    """

    platform: str
    account_key: str
    day: date
    amount_fen: int = 0
    count: int = 0
    taken_back: int = 0
    bill: PlatformBill | None = None

    @property
    def difference_fen(self) -> int | None:
        """What the bill says more than we have; None without a bill."""
        return None if self.bill is None else self.bill.amount_fen - self.amount_fen

    @property
    def difference_count(self) -> int | None:
        """How many more the bill counts; None where it counts nothing."""
        return None if self.bill is None or self.bill.count is None else self.bill.count - self.count

    @property
    def differs(self) -> bool:
        return bool(self.difference_fen or self.difference_count)


@dataclass
class Total:
    """Some days together. `compared_fen` is our sum of the days that have a bill."""

    platform: str = ""
    account_key: str = ""
    amount_fen: int = 0
    compared_fen: int = 0
    billed_fen: int = 0
    billed_days: int = 0
    differing_days: int = 0
    gap_days: int = 0

    @property
    def difference_fen(self) -> int | None:
        """What the bills say more than we have on their days; None without a bill."""
        return self.billed_fen - self.compared_fen if self.billed_days else None

    def add(self, day: Day) -> None:
        self.amount_fen += day.amount_fen
        if day.bill is not None:
            self.compared_fen += day.amount_fen
            self.billed_fen += day.bill.amount_fen
            self.billed_days += 1
            self.differing_days += day.differs


def days_of(month: Period, measure: str, *, platform: str = "", account_key: str | None = None) -> list[Day]:
    """The days of a month that have a sum or a bill, by day, platform and account; each may be narrowed."""
    chosen: dict[str, Any] = {"day__gte": month.start, "day__lt": month.end}
    if platform:
        chosen["platform"] = platform
    if account_key is not None:
        chosen["account_key"] = account_key
    bills = {
        (bill.day, bill.platform, bill.account_key): bill
        for bill in PlatformBill.objects.filter(measure=measure, is_withdrawn=False, **chosen)
    }
    found = {key: Day(key[1], key[2], key[0], bill=bill) for key, bill in bills.items()}
    rows = _sums(measure).filter(**chosen)
    for day, code, account, amount, count, taken_back in rows.values_list(
        "day", "platform", "account_key", "amount", "counted", "taken_back"
    ):
        found[day, code, account] = Day(code, account, day, amount, count, taken_back, bills.get((day, code, account)))
    return [found[key] for key in sorted(found)]


def _sums(measure: str) -> QuerySet:
    amount = _AMOUNTS[Measure(measure)]
    if measure in PlatformBill.BY_PAYMENT:
        return DailySales.objects.annotate(
            amount=amount, counted=F("lines") - F("invalid_lines"), taken_back=F("invalid_lines")
        )
    return DailySettled.objects.annotate(amount=amount, counted=_SETTLEMENTS, taken_back=F("clawback_events"))


def total(days: Iterable[Day]) -> Total:
    """All of these days together."""
    found = Total()
    for day in days:
        found.add(day)
    return found


def by_account(days: Iterable[Day]) -> list[Total]:
    """The days by account, those with the largest difference first, then by platform and account."""
    found: dict[tuple[str, str], Total] = {}
    for day in days:
        key = (day.platform, day.account_key)
        found.setdefault(key, Total(*key)).add(day)
    return sorted(
        found.values(),
        key=lambda one: (not one.differing_days, -abs(one.difference_fen or 0), one.platform, one.account_key),
    )


def accounts_of(month: Period) -> list[tuple[str, str]]:
    """(platform, account key) of every account that has a sum or a bill in the month or the one before."""
    found: set[tuple[str, str]] = set()
    for model in (DailySales, DailySettled, PlatformBill):
        rows = model._default_manager.filter(day__gte=month.previous.start, day__lt=month.end)
        found |= set(rows.order_by().values_list("platform", "account_key").distinct())
    return sorted(found)


def months_with_bills() -> set[str]:
    """Codes of the months that a bill is of."""
    days = PlatformBill.objects.filter(is_withdrawn=False).order_by()
    found = days.values_list("day__year", "day__month").distinct()
    return {f"{year:04d}-{number:02d}" for year, number in found}


def measure_of(month: Period) -> str:
    """The measure that the bills of a month have most of; that of settled pools where there is none."""
    rows = PlatformBill.objects.filter(day__gte=month.start, day__lt=month.end, is_withdrawn=False)
    found = dict(rows.order_by().values_list("measure").annotate(Count("id")))
    return max(Measure.values, key=lambda measure: found.get(measure, 0))


def account_names() -> dict[tuple[str, str], str]:
    """What people call an account, by platform and account id: its nickname, else its latest holder's name."""
    rows = PlatformAccount.objects.select_related("anchor").order_by("starts_on")
    return {(one.platform, one.account_id): one.nickname or one.anchor.stage_name for one in rows}


def accounts_by_text(platform: str) -> dict[str, str]:
    """What people may write for an account of the platform → its key in the stored sums.

    An account is named by its id or by its key in the order lines; else by a nickname that only one account has.
    """
    keys = set(DailySales.objects.filter(platform=platform).order_by().values_list("account_key", flat=True).distinct())
    keys |= set(DailySettled.objects.filter(platform=platform).values_list("account_key", flat=True).distinct())
    nicknames: dict[str, set[str]] = {}
    for account_id, nickname in PlatformAccount.objects.filter(platform=platform).values_list("account_id", "nickname"):
        keys.add(account_id)
        nicknames.setdefault(nickname, set()).add(account_id)
    found = {nickname: ids.pop() for nickname, ids in nicknames.items() if nickname and len(ids) == 1}
    return found | {key: key for key in keys if key}
