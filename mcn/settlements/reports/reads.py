"""The reports of a month for its page: stored sums only, beside those of the month before (docs/money.md §14)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from mcn.core.periods import Period as Month
from mcn.jobs.models import Job
from mcn.settlements.exports.jobs import ORDER
from mcn.settlements.models import ReportMonth, ReportSum, ScheduledReport
from mcn.settlements.reports.names import Named, named

SORTS = ("lines", "net_gmv", "refund_rate", "pool", "other", "share", "agency_share")
SHOWN = 200


@dataclass(frozen=True)
class Row:
    """A key with its sums, and those it had in the month before (None: it had none)."""

    named: Named
    before: ReportSum | None

    @property
    def sums(self) -> ReportSum:
        return self.named.sums

    @property
    def net_gmv_change(self) -> int | None:
        """Net GMV less that of the month before, fen."""
        return None if self.before is None else self.sums.net_gmv_fen - self.before.net_gmv_fen

    @property
    def agency_share_change(self) -> int | None:
        """The agency's share less that of the month before, fen."""
        return None if self.before is None else self.sums.agency_share_fen - self.before.agency_share_fen


@dataclass(frozen=True)
class Table:
    """One table of a month: the first rows in the order asked for, how many there are, and the sum of all of them."""

    rows: list[Row]
    count: int
    total: Row


def is_made(period: str) -> bool:
    """Whether the month has stored sums, of whichever of its calculations."""
    return ReportMonth.objects.filter(period=period).exists()


def table(period: str, by: str, sort: str) -> Table:
    """The month's sums by one key; `sort` is one of SORTS, with a minus from the most to the least."""
    found = list(ReportSum.objects.filter(month__period=period, by=by))
    former = {row.key: row for row in ReportSum.objects.filter(month__period=_before(period), by=by)}
    name = sort.removeprefix("-")
    found.sort(key=lambda row: row.key)
    found.sort(key=lambda row: _value(row, name), reverse=sort.startswith("-"))
    rows = [Row(one, former.get(one.key)) for one in named(by, found[:SHOWN])]
    earlier = _total(former.values(), by) if former else None
    return Table(rows, len(found), Row(Named(_total(found, by), ""), earlier))


def _before(period: str) -> str:
    return f"{Month.parse(period).previous}"


def _value(row: ReportSum, name: str) -> Decimal:
    if name == "refund_rate":
        return Decimal(-1) if row.refund_rate is None else row.refund_rate
    return Decimal(getattr(row, name if name == "lines" else f"{name}_fen"))


def _total(rows: Iterable[ReportSum], by: str) -> ReportSum:
    total = ReportSum(by=by)
    for row in rows:
        for name in ("lines", "sold", "returned", "net_gmv_fen", "pool_fen", "other_fen", "share_fen"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return total


def made(period: str) -> list[Job]:
    """Jobs that made the month's workbook, or are at it, the newest first."""
    jobs = Job.objects.filter(kind="export", parameters__period=period, parameters__what__contains=["report"])
    return list(jobs.select_related("actor").order_by("-created_at", "-pk")[:10])


def scheduled(jobs: Iterable[Job]) -> dict[int, int]:
    """Those of the jobs that the schedule ordered, by id: which order of the month each is, from 1."""
    found = list(jobs)
    kept = ScheduledReport.objects.filter(job__in=found).values_list("job_id", flat=True)
    orders = {job.pk: job.parameters.get(ORDER) for job in found}
    return dict.fromkeys(kept, 1) | {job: order for job, order in orders.items() if order}
