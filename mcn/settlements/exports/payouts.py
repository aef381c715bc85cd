"""`payouts`: how far each statement of a closed month is paid, and by which payouts (docs/money.md §11)."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from mcn.core.errors import Conflict
from mcn.core.exports import Column, Kind, frame_of
from mcn.settlements.exports.base import Export
from mcn.settlements.models import Period, Statement
from mcn.settlements.payouts.progress import Paid, paid_of
from mcn.tenancy.models import Agency

COLUMNS = (
    Column("payee", _("code"), width=14),
    Column("name", _("name"), width=18),
    Column("period", _("month"), Kind.CODE),
    Column("net_pay", _("net pay"), Kind.AMOUNT, width=15),
    Column("paid", _("amount paid"), Kind.AMOUNT, width=15),
    Column("in_batch", _("in a batch"), Kind.AMOUNT, width=15),
    Column("unpaid", _("not paid yet"), Kind.AMOUNT, width=15),
    Column("paid_on", _("paid on"), Kind.CODE),
    Column("payouts", _("payouts"), width=28),
)


def frames(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per statement, by code; a month's net pay is paid before that of the next."""
    statements = list(Statement.objects.filter(period=period))
    found = paid_of(row.payee_id for row in statements)
    yield frame_of(COLUMNS, [_row(period, found[row.pk]) for row in sorted(statements, key=lambda row: row.code)])


def _row(period: Period, one: Paid) -> list[Any]:
    return [
        one.statement.code,
        one.statement.name,
        period.code,
        one.net_pay,
        one.paid,
        one.promised,
        one.unpaid,
        f"{one.paid_on}" if one.paid_on else "",
        " ".join(payout.reference for payout in one.payouts),
    ]


def expected(agency: Agency, period: Period) -> Mapping[str, int]:
    """The net pay of the month's statements."""
    return {"net_pay": Statement.objects.filter(period=period).aggregate(fen=Sum("net_pay_fen"))["fen"] or 0}


def check(period: Period) -> None:
    """Raises Conflict for a month that is not closed: nothing of it is paid."""
    if period.state != Period.State.CLOSED:
        raise Conflict(_("%(period)s is not closed: nothing of it is paid yet."), period=period.code)


PAYOUTS = Export(_("Payouts"), COLUMNS, frames, expected, check=check)
