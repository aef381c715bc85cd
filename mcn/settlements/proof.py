"""The proof of a closed month: SHA-256 over its lines, its statements and what it was closed over, chained to the
month before.

The lines are written by natural keys (platform, order, line, payee code), so that the proof can be checked
against an export as well.
"""

import hashlib
from collections.abc import Iterator, Sequence

import polars as pl

from mcn.core.copying import Query, as_lines, beside, cells, copied
from mcn.core.planning import expecting
from mcn.settlements.models import Period, Statement
from mcn.settlements.month_shares import (
    ENTRIES_OF_MONTH,
    EVENTS_OF_MONTH,
    Shares,
    SharesWithoutSource,
    by_source,
    count,
    events_of,
    packed,
    told,
    unpacked,
)
from mcn.tenancy.scope import current_agency_id

EVENT = """l.platform, l.order_key, l.line_key, e.kind, e.occurred_at,
    to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') as moment,
    e.base_fen, e.gross_fen, e.fee_fen, e.holder_fen, e.id as source"""
# What was shared, in the order of time, platform, order, line and id, with the types of both halves alike: else the
# database would join them before it sorts, and not sort in parallel. An entry stands before all events of its day.
SOURCES = f"""
    select platform, order_key, line_key, kind, moment, base_fen, gross_fen, fee_fen, holder_fen, source
    from (
        {events_of(EVENT, EVENTS_OF_MONTH)}
        union all
        select ''::varchar, n.code, ''::varchar, n.income, n.date::timestamp at time zone 'UTC', n.date::text,
            0::bigint, n.amount_fen, 0::bigint, 0::bigint, -n.id
        from sales_entry n
        where n.agency_id = %(agency)s and {ENTRIES_OF_MONTH}
    ) source
    order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", source
"""
SOURCE = ("platform", "order_key", "line_key", "kind", "moment", "base_fen", "gross_fen", "fee_fen", "holder_fen")
BUCKETS = """
    select b.id, p.code, b.kind, b."column", b.version_id, b.rule_id, b.override_id, b.weight, b.rate_numerator,
        b.rate_denominator, dense_rank() over (order by p.code collate "C"),
        row_number() over (order by b.kind collate "C", b.version_id, b.rule_id, b.override_id, b.rate_numerator,
            b.rate_denominator, b.id)
    from commissions_bucket b
    join anchors_payee p on p.agency_id = b.agency_id and p.id = b.payee_id
    where b.agency_id = %(agency)s and b.period = %(period)s
"""
TERMS = ("kind", "column", "version_id", "rule_id", "override_id", "weight", "rate_numerator", "rate_denominator")
ORDER = ("payee_order", "terms_order")
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


def lines(period: Period) -> Iterator[bytes]:
    """The month's shares as the proof has them: tabs between columns, as PostgreSQL copies rows out.

    Columns: platform, order, line, event, time (UTC; an entry's date), base, gross, fee, holder's part, payee, host,
    kind, column, version, rule, override, weight, numerator and denominator of the rate, date for windows, share, id of
    the event or entry; money in fen. By time, platform, order, line, id, payee, host, kind, version, rule, override and
    rate. Raises SharesWithoutSource.
    """
    params = {"agency": current_agency_id(), "period": period.code}
    blocks = packed(params, "share", "host", "dated_on")
    if blocks.is_empty():
        return
    buckets = pl.concat(cells(Query(BUCKETS, params), ("bucket", "payee", *TERMS, *ORDER), ("bucket", *ORDER)))
    with expecting(count(period)):
        sources = cells(Query(SOURCES, params), (*SOURCE, "source"), ("source",))
        yield from told(period, sources, lambda: _in_order(blocks, buckets), _written)


def _in_order(blocks: pl.DataFrame, buckets: pl.DataFrame) -> tuple[Shares, pl.DataFrame]:
    """The shares by source and then by payee, host and terms; `payee` and `terms` of each by its place."""
    rows = unpacked(blocks)
    of = ("bucket", "host")
    used = rows.select(of).unique().join(buckets, on="bucket").sort("payee_order", "host", "terms_order")
    places = used.select(*of, place=pl.int_range(pl.len()))
    placed = rows.join(places, on=of, maintain_order="left")
    return by_source(placed), used.select("payee", terms=_one_text(TERMS))


def _written(sources: pl.DataFrame, shares: Shares, words: pl.DataFrame) -> tuple[bytes, int]:
    """The lines of all shares of these sources, and how many there are. What many of them share is worded once."""
    known, at = shares.find(sources["source"])
    sources = sources.filter(known)
    index, share, _is_share = shares.spread(at)
    event = sources.select(_one_text(SOURCE).alias("event"), pl.col("source").abs().alias("id"))
    rows = shares.rows[share]
    word = words[rows["place"]]
    lines_ = (event["event"].gather(index), word["payee"], rows["host"], word["terms"], rows["dated_on"], rows["share"])
    return as_lines(pl.DataFrame([*lines_, event["id"].gather(index)])), index.len()


def _one_text(columns: Sequence[str]) -> pl.Expr:
    return pl.concat_str(pl.col(columns).fill_null(""), separator="\t")


def content_hash(period: Period, previous_hash: str, *, leftovers: bool) -> str:
    """SHA-256 of a month's lines and statements after the hash of the month before, hexadecimal.

    `leftovers`: also of the unmatched money that the month was closed over.
    """
    digest = hashlib.sha256(f"{period.code}\n{previous_hash}\n".encode())
    values = {"agency": current_agency_id(), "period": period.code, "period_id": period.pk}
    queries = (statements_query(period), *((LEFTOVERS,) if leftovers else ()))
    for part in (lines(period), *(copied(Query(sql, values)) for sql in queries)):
        for _done in beside(digest.update, part):
            pass
        digest.update(b"\n")
    return digest.hexdigest()


def holds(period: Period) -> bool:
    """Whether what is stored of a closed month still has the hash that it was closed with."""
    try:
        return content_hash(period, period.previous_hash, leftovers=period.leftovers_hashed) == period.content_hash
    except SharesWithoutSource:
        return False
