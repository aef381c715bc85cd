"""Replace the draft of a month with what was reckoned."""

from typing import Any

from mcn.commissions.calculation.tables import execute


class SumsDiffer(RuntimeError):
    """A bucket's lines do not come to its sum: nothing of the calculation may stay."""


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
    written = {bucket: rest for bucket, *rest in execute(BLOCKS, values)}
    for bucket, *sums in execute("select b.real_id, lines, share from c_sum s join c_bucket b on b.id = s.bucket"):
        if written.get(bucket, [0, 0]) != sums:
            raise SumsDiffer(bucket, written.get(bucket), sums)
    return sum(count for count, _share in written.values())


# Gives what the database says that it wrote.
BLOCKS = """
    with written as (
        insert into commissions_shareblock (agency_id, period, bucket_id, number, first_event, last_event, events,
            entries, shares, hosts, dates, holders)
        select %(agency)s, %(period)s, b.real_id, x.number, x.first_event, x.last_event, x.events,
            coalesce(x.entries, array_fill(null::bigint, array[cardinality(x.events)])), x.shares, x.hosts, x.dates,
            x.holders
        from c_block x
        join c_bucket b on b.id = x.bucket
        order by x.bucket, x.number
        returning bucket_id, shares
    )
    select bucket_id, sum(cardinality(shares))::bigint, sum((select sum(share) from unnest(shares) share))::bigint
    from written group by 1
"""
