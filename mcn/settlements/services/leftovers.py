"""What a month closes over stays with it for good, and waits in the queue for a later month to settle it."""

from mcn.commissions.calculation.tables import execute
from mcn.commissions.models import Unmatched
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

KEEP = """
    insert into settlements_leftover (agency_id, period, event_id, entry_id, platform, order_key, line_key, kind,
        occurred_at, reason, cause, pool_fen)
    select u.agency_id, u.period, u.event_id, null, l.platform, l.order_key, l.line_key, e.kind, e.occurred_at,
        u.reason, u.cause, u.pool_fen
    from commissions_unmatched u
    join sales_earningevent e on e.agency_id = u.agency_id and e.id = u.event_id
    join sales_orderline l on l.agency_id = u.agency_id and l.id = e.line_id
    where u.agency_id = %(agency)s and u.period = %(period)s and not u.carried and u.reason <> ''
    union all
    select u.agency_id, u.period, null, u.entry_id, '', n.code, '', n.income,
        (n.date + %(day_starts_at)s::time) at time zone %(zone)s, u.reason, u.cause, u.pool_fen
    from commissions_unmatched u
    join sales_entry n on n.agency_id = u.agency_id and n.id = u.entry_id
    where u.agency_id = %(agency)s and u.period = %(period)s and not u.carried and u.reason <> ''
"""


def keep_leftovers(row: Period) -> None:
    """Write down what the month closes over. In the transaction that closes it, before its state changes.

    The queue keeps it for the next month to settle; what this month settled of older leftovers is done there.
    """
    agency = Agency.objects.get(pk=current_agency_id())
    execute(
        KEEP,
        {
            "agency": agency.pk,
            "period": row.code,
            "day_starts_at": agency.day_starts_at,
            "zone": agency.timezone,
        },
    )
    Unmatched.objects.filter(carried=True, reason="").delete()
    Unmatched.objects.filter(period=row.code, carried=False).update(carried=True)
