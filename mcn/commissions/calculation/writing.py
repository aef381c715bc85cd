"""Replace the draft of a month with what was reckoned."""

from typing import Any

from mcn.commissions.calculation.shares import SHARES
from mcn.commissions.calculation.tables import execute

# Every share with its bucket, as the tables of the reckoning have it.
LINES = """
    select event_id, null::bigint as entry_id, bucket, position, paid_on as dated_on, holder_id, share from c_share
    union all
    select event_id, null, bucket, position, paid_on, holder_id, share from c_over
    union all
    select event_id, null, bucket, position, dated_on, holder_id, share from c_back
    union all
    select null, entry_id, bucket, 0, null, null, share from c_entry
"""


def delete_draft(values: dict[str, Any]) -> None:
    """Remove all shares of a month that is not closed (the database refuses it for a closed one)."""
    for table in ("commissions_shareline", "commissions_bucket"):
        execute(f"delete from {table} where agency_id = %(agency)s and period = %(period)s", values)


def write(values: dict[str, Any]) -> int:
    """Insert the month's buckets and share lines; returns how many lines."""
    execute("update c_bucket set real_id = nextval(pg_get_serial_sequence('commissions_bucket', 'id'))")
    execute(
        f"""
        insert into commissions_bucket (id, agency_id, period, kind, "column", payee_id, anchor_id, version_id, rule_id,
            override_id, weight, rate_numerator, rate_denominator, metric, lines, base_fen, share_fen)
        select b.real_id, %(agency)s, %(period)s, b.kind, b.col, b.payee_id, b.anchor_id, b.version_id, b.rule_id,
            b.override_id, b.weight / 1000000.0, b.n, b.d, b.metric, coalesce(s.lines, 0), coalesce(s.base, 0),
            coalesce(s.share, 0)
        from c_bucket b
        left join (
            select bucket, sum(lines)::bigint as lines, sum(base) as base, sum(share)::bigint as share
            from ({SHARES}) x group by 1
        ) s on s.bucket = b.id""",
        values,
    )
    execute(
        f"""
        insert into commissions_shareline (agency_id, period, bucket_id, event_id, entry_id, share_fen, host,
            dated_on, holder_id)
        select %(agency)s, %(period)s, b.real_id, x.event_id, x.entry_id, x.share, x.position, x.dated_on, x.holder_id
        from ({LINES}) x join c_bucket b on b.id = x.bucket""",
        values,
    )
    return int(execute(f"select coalesce(sum(lines), 0) from ({SHARES}) x")[0][0])
