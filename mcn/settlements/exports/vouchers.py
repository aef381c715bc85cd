"""`vouchers`: a month's vouchers as a table, and as the files that accounting programmes bring in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.core.exports import Column, Kind, frame_of
from mcn.core.periods import Period as Month
from mcn.jobs.models import Job
from mcn.settlements.exports.base import Export, sums
from mcn.settlements.exports.documents import Documents
from mcn.settlements.models import Period
from mcn.settlements.vouchers.formats import kingdee_k3, kingdee_kis, yonyou_tplus, yonyou_u8
from mcn.settlements.vouchers.making import Voucher, vouchers_of
from mcn.tenancy.models import Agency

COLUMNS = (
    Column("date", _("date"), Kind.CODE),
    Column("word", _("voucher word")),
    Column("number", _("number"), Kind.COUNT),
    Column("line", _("line"), Kind.COUNT),
    Column("summary", pgettext_lazy("voucher", "summary"), width=30),
    Column("subject", _("subject code"), width=14),
    Column("subject_name", _("subject name"), width=26),
    Column("debit", _("debit"), Kind.AMOUNT, width=15),
    Column("credit", _("credit"), Kind.AMOUNT, width=15),
    Column("payee", _("payee"), width=14),
    Column("payee_name", _("name"), width=18),
)


def frames(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per line of a voucher, by number and line."""
    rows = [
        (
            f"{voucher.dated_on:%Y-%m-%d}",
            voucher.head.word,
            voucher.number,
            line.number,
            voucher.summary,
            line.subject.code,
            line.subject.name,
            line.debit,
            line.credit,
            line.payee.code if line.payee else None,
            line.payee.name if line.payee else None,
        )
        for voucher in vouchers_of(Month.parse(period.code))
        for line in voucher.lines
    ]
    yield frame_of(COLUMNS, rows)


def expected(agency: Agency, period: Period) -> Mapping[str, int]:
    """Both sides as the ledger has them."""
    month = Month.parse(period.code)
    return sums(
        """
        select coalesce(sum(e.debit_fen), 0) as debit, coalesce(sum(e.credit_fen), 0) as credit
        from settlements_ledgerentry e
        join settlements_posting p on p.agency_id = %(agency)s and p.id = e.posting_id
        where e.agency_id = %(agency)s and p.dated_on >= %(start)s and p.dated_on < %(end)s
        """,
        {"agency": agency.pk, "start": month.start, "end": month.end},
    )


def _write(
    write_file: Callable[[Path, Sequence[Voucher]], None],
    path: Path,
    agency: Agency,
    period: Period,
    progress: Callable[[int, int], None],
) -> int:
    """All of the month's vouchers are made before the first is written: one that does not balance leaves no file."""
    vouchers = vouchers_of(Month.parse(period.code))
    write_file(path, vouchers)
    return len(vouchers)


TABLE = "vouchers"
VOUCHERS = Export(_("Vouchers as a table"), COLUMNS, frames, expected)
FILES: dict[str, Documents] = {
    "vouchers-kingdee-k3": Documents(
        _("Vouchers for Kingdee K/3"), partial(_write, kingdee_k3.write_file), ("xlsx", "csv")
    ),
    "vouchers-kis": Documents(_("Vouchers for Kingdee KIS"), partial(_write, kingdee_kis.write_file), ("csv", "xlsx")),
    "vouchers-u8": Documents(_("Vouchers for Yonyou U8"), partial(_write, yonyou_u8.write_file), ("txt",)),
    "vouchers-tplus": Documents(_("Vouchers for Yonyou T+"), partial(_write, yonyou_tplus.write_file), ("csv",)),
}
KINDS = frozenset({TABLE, *FILES})


@dataclass(frozen=True)
class Made:
    """One finished export of a month's vouchers: its job, what it made, and how many vouchers went into files."""

    job: Job
    what: list[str]
    vouchers: int


def made(month: str) -> list[Made]:
    """Finished exports of the vouchers of a month (YYYY-MM), the newest first."""
    jobs = Job.objects.filter(kind="export", state=Job.State.DONE, parameters__period=month).select_related("actor")
    found = []
    for job in jobs.order_by("-created_at", "-pk"):
        what = [kind for kind in job.parameters["what"] if kind in KINDS]
        if what:
            counts = [file["rows"] for file in job.counts["files"] if file["name"].rpartition(".")[0] in FILES]
            found.append(Made(job, what, max(counts, default=0)))
    return found
