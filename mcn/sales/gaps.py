"""Days without order lines where there should be some: a file may be missing (docs/sales-files.md)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max

from mcn.anchors.models import PlatformAccount
from mcn.sales.models import DailySales, PlatformBill

SOLD_DAYS, OF_DAYS = 10, 14
"""An account that sold on so many of the days up to its last sale sells regularly …"""
STOPPED_AFTER = timedelta(days=14)
"""… and one without a sale for longer than this has stopped."""
DAY = timedelta(days=1)
Key = tuple[str, str]  # platform and account key, as the stored sums have them


@dataclass(frozen=True)
class Gap:
    """Days in a row, `first` to `last` included, without a line of an account that somebody holds."""

    platform: str
    account_key: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def gap_days(sold: Collection[date], first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last` that lack lines, of an account that sold on the days `sold`.

    A day without a line lacks them if the account sold on at least 10 of the 14 days that end with its last sale
    before, and that sale is at most 14 days ago.
    """
    latest = max((day for day in sold if day < first), default=None)
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if day in sold:
            latest = day
        elif latest is not None and day - latest <= STOPPED_AFTER and _sells_regularly(sold, latest):
            yield day


def _sells_regularly(sold: Collection[date], last_sale: date) -> bool:
    return sum(last_sale - back * DAY in sold for back in range(OF_DAYS)) >= SOLD_DAYS


def gaps(first: date, last: date) -> list[Gap]:
    """The gaps that lie in the days from `first` to `last`, by platform, account and day.

    Looked at are accounts in somebody's hands, up to the day before the last one that has lines of the platform:
    what comes after has not been brought in at all. A day of which the platform's own bill says 0 is no gap.
    """
    since = first - STOPPED_AFTER - OF_DAYS * DAY
    until = dict(DailySales.objects.filter(day__gte=since).order_by().values_list("platform").annotate(Max("day")))
    sold = _days_with_lines(since, last)
    nothing = _days_billed_with_nothing(first, last)
    found: list[Gap] = []
    for key, holdings in sorted(_holdings(sold.keys()).items()):
        end = min(last, until[key[0]] - DAY)
        days = (
            day
            for day in gap_days(sold[key], first, end)
            if (*key, day) not in nothing and any(start <= day < stop for start, stop in holdings)
        )
        found += _in_rows(key, days)
    return found


def _in_rows(key: Key, days: Iterable[date]) -> list[Gap]:
    found: list[Gap] = []
    for day in days:
        if found and found[-1].last == day - DAY:
            found[-1] = Gap(*key, found[-1].first, day)
        else:
            found.append(Gap(*key, day, day))
    return found


def _days_with_lines(first: date, last: date) -> dict[Key, set[date]]:
    rows = DailySales.objects.filter(day__gte=first, day__lte=last, lines__gt=0).exclude(account_key="")
    found: dict[Key, set[date]] = {}
    for platform, account, day in rows.values_list("platform", "account_key", "day"):
        found.setdefault((platform, account), set()).add(day)
    return found


def _days_billed_with_nothing(first: date, last: date) -> set[tuple[str, str, date]]:
    rows = PlatformBill.objects.filter(
        day__gte=first, day__lte=last, measure__in=PlatformBill.BY_PAYMENT, amount_fen=0, is_withdrawn=False
    ).exclude(count__gt=0)
    return set(rows.values_list("platform", "account_key", "day"))


def _holdings(keys: Collection[Key]) -> dict[Key, list[tuple[date, date]]]:
    """When these accounts are in somebody's hands, [from, until); by account id, else by nickname (money.md §3)."""
    by_id: dict[Key, list[tuple[date, date]]] = {}
    by_nickname: dict[Key, list[tuple[date, date]]] = {}
    for account in PlatformAccount.objects.order_by("starts_on"):
        held = (account.starts_on, account.ends_on or date.max)
        by_id.setdefault((account.platform, account.account_id), []).append(held)
        if account.nickname:
            by_nickname.setdefault((account.platform, account.nickname), []).append(held)
    return {key: by_id.get(key) or by_nickname[key] for key in keys if key in by_id or key in by_nickname}
