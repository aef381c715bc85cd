"""Replace the draft of a month with what was reckoned."""

from collections import Counter
from typing import Any

from mcn.commissions.calculation.tables import execute
from mcn.commissions.models import ShareBlock

LAST_BLOCK = 2**40


class SumsDiffer(RuntimeError):
    """A bucket's lines do not come to its sum: nothing of the calculation may stay."""


# Every share with its bucket and its place in it, as the tables of the reckoning have it: each in the order of its
# buckets, so that little is left to sort. Entries stand last in theirs.
LINES = (
    f"""select bucket, seq / {ShareBlock.MOST} as block, seq as place, event_id, null::bigint as entry_id, position,
        paid_on as dated_on, holder_id, share from c_share""",
    f"""select bucket, seq / {ShareBlock.MOST} as block, seq as place, event_id, null::bigint as entry_id, position,
        paid_on as dated_on, holder_id, share from c_over""",
    f"""select bucket, event_id / {ShareBlock.MOST} as block, event_id as place, event_id, null::bigint as entry_id,
        position, dated_on, holder_id, share from c_back""",
    f"""select bucket, {LAST_BLOCK} as block, place, null::bigint as event_id, entry_id, 0 as position,
        null::date as dated_on, null::bigint as holder_id, share from c_entry""",
)


def delete_draft(values: dict[str, Any]) -> None:
    """Remove all shares of a month that is not closed (the database refuses it for a closed one)."""
    for table in ("commissions_shareblock", "commissions_bucket"):
        execute(f"delete from {table} where agency_id = %(agency)s and period = %(period)s", values)


def write(values: dict[str, Any]) -> int:
    """Insert the month's buckets and share lines; returns how many lines. Raises SumsDiffer."""
    execute("update c_bucket set real_id = nextval(pg_get_serial_sequence('commissions_bucket', 'id'))")
    execute(
        """
        insert into commissions_bucket (id, agency_id, period, kind, "column", payee_id, anchor_id, version_id, rule_id,
            override_id, weight, rate_numerator, rate_denominator, metric, lines, base_fen, share_fen)
        select b.real_id, %(agency)s, %(period)s, b.kind, b.col, b.payee_id, b.anchor_id, b.version_id, b.rule_id,
            b.override_id, b.weight / 1000000.0, b.n, b.d, b.metric, coalesce(s.lines, 0), coalesce(s.base, 0),
            coalesce(s.share, 0)
        from c_bucket b
        left join c_sum s on s.bucket = b.id""",
        values,
    )
    lines: Counter[int] = Counter()
    shares: Counter[int] = Counter()
    for query in LINES:
        for bucket, count, share in execute(f"with written as ({_blocks(query)}) {WRITTEN}", values):
            lines[bucket] += count
            shares[bucket] += share
    for bucket, count, share in execute(
        "select b.real_id, lines, share from c_sum s join c_bucket b on b.id = s.bucket"
    ):
        if (lines[bucket], shares[bucket]) != (count, share):
            raise SumsDiffer(bucket, lines[bucket], shares[bucket], count, share)
    return lines.total()


# What the database says that it wrote.
WRITTEN = """
    select bucket_id, sum(cardinality(shares))::bigint, sum((select sum(share) from unnest(shares) share))::bigint
    from written group by 1
"""


def _blocks(lines: str) -> str:
    return f"""
        insert into commissions_shareblock (agency_id, period, bucket_id, number, first_event, last_event, events,
            entries, shares, hosts, dates, holders)
        select %(agency)s, %(period)s, b.real_id, block, first, last, events, entries, shares, hosts, dates, holders
        from (
            select bucket, block, min(event_id) as first, max(event_id) as last,
                array_agg(event_id order by place, position) as events,
                array_agg(entry_id order by place, position) as entries,
                array_agg(share order by place, position) as shares,
                array_agg(position::smallint order by place, position) as hosts,
                array_agg(dated_on order by place, position) as dates,
                array_agg(holder_id order by place, position) as holders
            from ({lines}) lines
            group by bucket, block
        ) x
        join c_bucket b on b.id = x.bucket
        order by x.bucket, x.block
        returning bucket_id, shares"""
