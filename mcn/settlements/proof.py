"""The proof of a closed month: SHA-256 over its lines, its statements and what it was closed over, chained to the
month before.

The lines are written by natural keys (platform, order, line, payee code), so that the proof can be checked
against an export as well.
"""

import hashlib

from mcn.commissions.calculation.tables import tune
from mcn.core.copying import Query, beside, copied
from mcn.settlements.models import Period, Statement
from mcn.tenancy.scope import current_agency_id

# The month's shares are unpacked once, whatever the planner expects of them.
LINES = """
    with shares as materialized (
        select event_id, entry_id, bucket_id, host, dated_on, share_fen
        from commissions_shareline where agency_id = %(agency)s and period = %(period)s
    ), buckets as materialized (
        select b.id, p.code as payee, b.kind, b."column", b.version_id, b.rule_id, b.override_id, b.weight,
            b.rate_numerator, b.rate_denominator
        from commissions_bucket b
        join anchors_payee p on p.agency_id = b.agency_id and p.id = b.payee_id
        where b.agency_id = %(agency)s and b.period = %(period)s
    )
    select l.platform, l.order_key, l.line_key, e.kind as event,
        to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as moment,
        e.base_fen, e.gross_fen, e.fee_fen, e.holder_fen, b.payee, s.host, b.kind, b."column", b.version_id,
        b.rule_id, b.override_id, b.weight, b.rate_numerator, b.rate_denominator, s.dated_on, s.share_fen, e.id
    from shares s
    join buckets b on b.id = s.bucket_id
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id
    join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
    union all
    select '', n.code, '', n.income, n.date::text, 0, n.amount_fen, 0, 0, b.payee, s.host, b.kind, b."column",
        b.version_id, b.rule_id, b.override_id, b.weight, b.rate_numerator, b.rate_denominator, s.dated_on,
        s.share_fen, n.id
    from shares s
    join buckets b on b.id = s.bucket_id
    join sales_entry n on n.agency_id = %(agency)s and n.id = s.entry_id
    where s.event_id is null
"""
ORDER = """
    order by moment collate "C", platform collate "C", order_key collate "C", line_key collate "C", id,
        payee collate "C", host, kind collate "C", version_id, rule_id, override_id, rate_numerator, rate_denominator
"""
LINES_IN_ORDER = f"select * from ({LINES}) x {ORDER}"
STATEMENTS = """
    select code, name, kind, lines, net_gmv_fen, pool_fen, commission_share_fen, clawback_share_fen,
        slot_fee_share_fen, tips_share_fen, ads_share_fen, override_share_fen, bonus_fen, earned_fen,
        guarantee_top_up_fen, penalties_fen, paid_by_platform_fen, brought_forward_fen, taxable_fen, tax_fen,
        advance_recouped_fen, net_pay_fen, carried_forward_fen{further}
    from settlements_statement where agency_id = %(agency)s and period_id = %(period_id)s
    order by code collate "C"
"""


LEFTOVERS = """
    select platform, order_key, line_key, kind,
        to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as moment, reason, cause, pool_fen,
        coalesce(event_id, entry_id) as id
    from settlements_leftover where agency_id = %(agency)s and period = %(period)s
    order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", id
"""


def statements_query(period: Period) -> str:
    """The statements of a month. What was taken back in instalments is a further column, last, in the months that take
    any: so what closed without keeps its bytes and its proof (docs/adr/0013).
    """
    return STATEMENTS.format(further=", instalments_fen" if takes_instalments(period) else "")


def takes_instalments(period: Period) -> bool:
    """Whether a statement of the month takes something back in instalments."""
    return Statement.objects.filter(period=period).exclude(instalments_fen=0).exists()


def content_hash(period: Period, previous_hash: str, *, leftovers: bool) -> str:
    """SHA-256 of a month's lines and statements after the hash of the month before, hexadecimal.

    `leftovers`: also of the unmatched money that the month was closed over.
    """
    tune()
    digest = hashlib.sha256(f"{period.code}\n{previous_hash}\n".encode())
    values = {"agency": current_agency_id(), "period": period.code, "period_id": period.pk}
    for sql in (LINES_IN_ORDER, statements_query(period), *((LEFTOVERS,) if leftovers else ())):
        for _done in beside(digest.update, copied(Query(sql, values))):
            pass
        digest.update(b"\n")
    return digest.hexdigest()
