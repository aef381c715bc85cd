"""`unmatched`: events and entries of the month that belong to nobody yet, with the reason."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from mcn.commissions.models import Unmatched
from mcn.core.exports import Column, Kind, Query, Text, yuan_sql
from mcn.settlements.exports.base import ENTRY_MOMENT, LOCAL_TIME, Export, parameters, sums
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency

COLUMNS = (
    Column("platform", _("platform"), width=10),
    Column("order", _("order"), width=24),
    Column("line", _("line"), width=24),
    Column("event", _("event"), width=14),
    Column("occurred_at", _("time"), width=26),
    Column("reason", _("reason"), width=20),
    Column("pool", _("pool"), Kind.AMOUNT, width=15),
)


def query(agency: Agency, period: Period, text: Text) -> Query:
    """Rows by time, platform, order, line and event."""
    return Query(
        f"""
        select nullif(platform, ''), {text("order_key")}, nullif({text("line_key")}, ''), event,
            {LOCAL_TIME.format(moment="occurred_at")}, reason, {yuan_sql("pool_fen")}
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
        """,
        parameters(agency, period),
    )


def expected(agency: Agency, period: Period) -> Mapping[str, Decimal | int]:
    """The unmatched money of the month as the unmatched desk adds it up."""
    return sums(
        """
        select coalesce(sum(pool_fen), 0) * 0.01 as pool from commissions_unmatched
        where agency_id = %(agency)s and period = %(period)s and reason <> ''
        """,
        parameters(agency, period),
    )


def size(period: Period) -> int:
    """Number of rows."""
    return Unmatched.objects.filter(period=period.code).exclude(reason="").count()


UNMATCHED = Export(_("Unmatched money"), COLUMNS, query, expected, size)
