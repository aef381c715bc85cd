"""`unmatched`: events and entries of the month that belong to nobody yet, with the reason.

Of a closed month: those that it was closed over, whatever became of them since.
"""

from collections.abc import Iterator, Mapping

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.commissions.models import Unmatched
from mcn.core.copying import Query
from mcn.core.exports import Column, Kind, read
from mcn.settlements.exports.base import ENTRY_MOMENT, Export, parameters, sums
from mcn.settlements.models import Leftover, Period
from mcn.tenancy.models import Agency

COLUMNS = (
    Column("platform", _("platform"), Kind.CODE, width=10),
    Column("order", _("order"), width=24),
    Column("line", _("line"), width=24),
    Column("event", _("event"), Kind.CODE, width=14),
    Column("occurred_at", _("time"), Kind.TIME, width=26),
    Column("reason", _("reason"), Kind.CODE, width=20),
    Column("pool", _("pool"), Kind.AMOUNT, width=15),
)


WAITING = f"""
    select platform, order_key, line_key, event, occurred_at, reason, pool_fen
    from (
        select e.occurred_at, l.platform, l.order_key, l.line_key, e.kind as event, e.id, u.reason, u.pool_fen
        from commissions_unmatched u
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = u.event_id
        join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
        where u.agency_id = %(agency)s and u.period = %(period)s and u.reason <> ''
        union all
        select {ENTRY_MOMENT}, '', n.code, '', n.income, n.id, u.reason, u.pool_fen
        from commissions_unmatched u
        join sales_entry n on n.agency_id = %(agency)s and n.id = u.entry_id
        where u.agency_id = %(agency)s and u.period = %(period)s and u.reason <> ''
    ) found
    order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", id
"""
LEFT_OVER = """
    select platform, order_key, line_key, kind, occurred_at, reason, pool_fen from settlements_leftover
    where agency_id = %(agency)s and period = %(period)s
    order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C",
        coalesce(event_id, entry_id)
"""


def _is_closed(period: Period) -> bool:
    return period.state == Period.State.CLOSED


def frames(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """Rows by time, platform, order, line and event."""
    return read(Query(LEFT_OVER if _is_closed(period) else WAITING, parameters(agency, period)), COLUMNS)


def expected(agency: Agency, period: Period) -> Mapping[str, int]:
    """The unmatched money of the month as the unmatched desk adds it up; of a closed one, what was accepted."""
    if _is_closed(period):
        return {"pool": period.accepted_unmatched_fen or 0}
    return sums(
        """
        select coalesce(sum(pool_fen), 0) as pool from commissions_unmatched
        where agency_id = %(agency)s and period = %(period)s and reason <> ''
        """,
        parameters(agency, period),
    )


def size(period: Period) -> int:
    """Number of rows."""
    if _is_closed(period):
        return Leftover.objects.filter(period=period.code).count()
    return Unmatched.objects.filter(period=period.code).exclude(reason="").count()


UNMATCHED = Export(_("Unmatched money"), COLUMNS, frames, expected, size)
