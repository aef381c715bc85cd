"""What is still to come of the orders that were paid before an anchor leaves (docs/money.md §1.2, §13.2)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from django.db.models import Max, Sum

from mcn.anchors.models import Anchor, PlatformAccount
from mcn.core.money import R
from mcn.core.periods import Period as Month
from mcn.sales.expectations import LEAST_LINES, expect, learnt
from mcn.sales.models import DailySales
from mcn.settlements.advances import MONTHS
from mcn.settlements.models import Period, Statement


@dataclass(frozen=True)
class Pending:
    """Estimated commission not settled yet on the anchor's accounts, fen before any fee: by the month in which it is
    expected, what is overdue, and what nobody can date. `share` is what of it may become the anchor's, if the last
    closed months tell; nothing of it is owed before it is settled."""

    months: dict[str, int] = field(default_factory=dict)
    overdue: int = 0
    undated: int = 0
    share: int | None = None


def pending(anchor: Anchor, ends_on: date) -> Pending:
    """What is open of the orders paid up to and including `ends_on` while the anchor held the account.

    Whose an order of a session with other hosts is shows when it settles; here the holder of the account counts.
    """
    months: Counter[str] = Counter()
    overdue = undated = 0
    for platform, by_day in _open(anchor, ends_on).items():
        as_of = DailySales.objects.filter(platform=platform).aggregate(last=Max("day"))["last"]
        lags = learnt(platform, as_of)
        if sum(lags.values()) < LEAST_LINES:
            undated += sum(by_day.values())
            continue
        expected = expect(by_day, lags, as_of)
        overdue += expected.overdue_fen
        for week, fen in expected.weeks.items():
            months[f"{Month.of(week)}"] += fen
    rate = _usual_rate(anchor)
    share = None if rate is None else R(rate * (sum(months.values()) + overdue + undated))
    return Pending(dict(sorted(months.items())), overdue, undated, share)


def _open(anchor: Anchor, ends_on: date) -> dict[str, dict[date, int]]:
    found: dict[str, Counter[date]] = {}
    for account in PlatformAccount.objects.filter(anchor=anchor, starts_on__lte=ends_on):
        until = min(ends_on + timedelta(days=1), account.ends_on or date.max)
        rows = DailySales.objects.filter(
            platform=account.platform,
            account_key__in=[key for key in (account.account_id, account.nickname) if key],
            day__gte=account.starts_on,
            day__lt=until,
        ).exclude(open_estimate_fen=0)
        for day, fen in rows.order_by().values_list("day").annotate(open=Sum("open_estimate_fen")):
            found.setdefault(account.platform, Counter())[day] += int(fen)
    return {platform: dict(days) for platform, days in found.items()}


def _usual_rate(anchor: Anchor) -> Fraction | None:
    """What of the pool was the anchor's over the last closed months; None without a pool."""
    rows = Statement.objects.filter(payee=anchor.payee_id, period__state=Period.State.CLOSED)
    months = list(
        rows.order_by("-period__code").values_list("pool_fen", "commission_share_fen", "clawback_share_fen")[:MONTHS]
    )
    pool = sum(row[0] for row in months)
    return Fraction(sum(row[1] + row[2] for row in months), pool) if pool > 0 else None
