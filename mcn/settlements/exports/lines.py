"""`lines`: one row per earning event and payee, and one for what the agency keeps of the event.

Entries that are part of what was earned stand in it too (platform and line empty, the entry's code as order),
so that a payee's rows add up to the statement's `earned`, and all rows of an event to its pool.
"""

from collections.abc import Iterator, Mapping
from functools import partial

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.core.copying import Query
from mcn.core.exports import Block, Column, Kind, Table, read
from mcn.settlements.exports.base import ENTRY_MOMENT, Export, parameters, sums
from mcn.settlements.models import Period
from mcn.settlements.month_shares import (
    ENTRIES_OF_MONTH,
    EVENTS_OF_MONTH,
    Shares,
    by_source,
    count,
    events_of,
    packed,
    told,
    unpacked,
)
from mcn.tenancy.models import Agency

AGENCY = "AGENCY"
RATE_PLACES = 12

COLUMNS = (
    Column("platform", _("platform"), Kind.CODE, width=10),
    Column("order", _("order"), width=24),
    Column("line", _("line"), width=24),
    Column("event", _("event"), Kind.CODE, width=14),
    Column("occurred_at", _("time"), Kind.TIME, width=26),
    Column("original_period", _("month of the event"), Kind.CODE),
    Column("payee", _("payee"), width=14),
    Column("rule", _("rule"), width=36),
    Column("pool", _("pool"), Kind.AMOUNT, width=15),
    Column("rate", _("rate"), Kind.RATE),
    Column("share", _("share"), Kind.AMOUNT, width=15),
)
BUCKET_COLUMNS = (
    Column("bucket", "", Kind.COUNT),
    Column("place", "", Kind.COUNT),
    Column("payee", ""),
    Column("rule", ""),
    Column("rate", "", Kind.RATE),
)
WORDS = ("payee", "rule", "rate")
SOURCE_COLUMNS = (
    *(column for column in COLUMNS if column.name not in {"payee", "rule", "rate", "share"}),
    Column("source", "", Kind.COUNT),
)
SOURCE_WORDS = [column.name for column in COLUMNS[:6]]  # what tells the event, up to its month

BUCKETS = f"""
    select b.id, row_number() over (order by p.code collate "C", b.id), p.code,
        concat_ws(' ', c.number, 'v' || v.number,
            coalesce(case when v.tail_of_id is null then '' else 'tail ' end || r.income,
                'override ' || o.income || ' ' || o.basis),
            case r.scope when 'sku' then 'sku:' || sku.code when 'deal' then 'deal:' || deal.code
                when 'brand' then 'brand:' || brand.code when 'category' then 'category:' || r.category
                when 'platform' then 'platform:' || r.platform end),
        trim_scale(round(b.rate_numerator / b.rate_denominator, {RATE_PLACES}))
    from commissions_bucket b
    join anchors_payee p on p.agency_id = b.agency_id and p.id = b.payee_id
    left join anchors_contractversion v on v.agency_id = b.agency_id and v.id = b.version_id
    left join anchors_contract c on c.agency_id = v.agency_id and c.id = v.contract_id
    left join commissions_splitrule r on r.agency_id = b.agency_id and r.id = b.rule_id
    left join commissions_override o on o.agency_id = b.agency_id and o.id = b.override_id
    left join supply_sku sku on sku.agency_id = r.agency_id and sku.id = r.sku_id
    left join brands_deal deal on deal.agency_id = r.agency_id and deal.id = r.deal_id
    left join brands_brand brand on brand.agency_id = r.agency_id and brand.id = r.brand_id
    where b.agency_id = %(agency)s and b.period = %(period)s and (%(payee)s::bigint is null or b.payee_id = %(payee)s)
"""
EVENT = """l.platform, l.order_key, l.line_key, e.kind, e.occurred_at, e.occurred_at::text as worded,
    e.original_period, e.gross_fen - e.fee_fen as pool, e.id as source"""
# `source` tells events and entries apart: entries count downwards. Both halves have the same types, or the database
# would join them before it sorts and not sort in parallel; times are worded before it sorts, by all that do so.
SOURCES = f"""
    select platform, order_key, line_key, kind, worded, original_period, pool, source from (
        {{events}}
        union all
        select ''::varchar, n.code, ''::varchar, n.income, {ENTRY_MOMENT}, {ENTRY_MOMENT}::text,
            to_char(n.date, 'YYYY-MM')::varchar, n.amount_fen, -n.id
        from sales_entry n
        where n.agency_id = %(agency)s and {{entries}}
    ) source
    order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", source
"""
OF_MONTH = SOURCES.format(events=events_of(EVENT, EVENTS_OF_MONTH), entries=ENTRIES_OF_MONTH)
OWN = """
    select id from commissions_bucket where agency_id = %(agency)s and period = %(period)s and payee_id = %(payee)s
"""
# What one payee's shares are of.
PACKED_OF_PAYEE = """in (select unnest({column}) from commissions_shareblock
    where agency_id = %(agency)s and period = %(period)s and bucket_id in ({own}))"""
OF_PAYEE = SOURCES.format(
    events=events_of(EVENT, ["e.id " + PACKED_OF_PAYEE.format(column="events", own=OWN)]),
    entries="n.id " + PACKED_OF_PAYEE.format(column="entries", own=OWN),
)


def frames(agency: Agency, period: Period) -> Iterator[Table]:
    """Rows by time, platform, order, line, event and payee, the agency's last.

    What is the same for a whole bucket (payee, rule, rate) is worded once per bucket. Raises SharesWithoutSource.
    """
    yield from _frames(agency, period, OF_MONTH, None)


def frames_of_payee(agency: Agency, period: Period, payee_id: int) -> Iterator[Table]:
    """The rows of one payee in the same order, without the agency's. Raises SharesWithoutSource."""
    yield from _frames(agency, period, OF_PAYEE, payee_id)


def _frames(agency: Agency, period: Period, sources_sql: str, payee_id: int | None) -> Iterator[Table]:
    params = {**parameters(agency, period), "payee": payee_id}
    found = list(read(Query(BUCKETS, params), BUCKET_COLUMNS))
    if not found:
        return
    buckets = pl.concat(found).sort("place")
    blocks = packed(params, "share", blocks="true" if payee_id is None else f"bucket_id in ({OWN})")
    sources = read(Query(sources_sql, params), SOURCE_COLUMNS)
    tell = partial(_rows, with_agency=payee_id is None)
    for rows in told(period, sources, lambda: _in_order(blocks, buckets), tell):
        if rows is not None:
            yield rows


def _in_order(blocks: pl.DataFrame, buckets: pl.DataFrame) -> tuple[Shares, pl.DataFrame]:
    """The shares by source and then by the place of their bucket, and the words of the buckets."""
    places = buckets.select("bucket", "place")
    rows = unpacked(blocks).join(places, on="bucket", how="left", maintain_order="left")
    return by_source(rows), _words(buckets)


def _words(buckets: pl.DataFrame) -> pl.DataFrame:
    """Payee, rule and rate of each bucket, by place; the agency's in the last row."""
    agency = pl.DataFrame({"payee": [AGENCY], "rule": [None], "rate": [None]}, schema=dict.fromkeys(WORDS, pl.String))
    return pl.concat([buckets.select(WORDS), agency])


def _rows(sources: pl.DataFrame, shares: Shares, words: pl.DataFrame, *, with_agency: bool) -> tuple[Table | None, int]:
    """Each source once for every share of it and, if asked, for what is left for the agency; how many shares there are.

    Sources without a share are left out; None where all of them are.
    """
    known, at = shares.find(sources["source"])
    if at.is_empty():
        return None, 0
    sources = sources.filter(known)
    index, share, is_share = shares.spread(at, further=int(with_agency))
    left = (sources["pool"] - shares.sums(at)).gather(index)
    amounts = shares.rows["share"].gather(share).zip_with(is_share, left)
    agency = pl.Series([words.height - 1]).new_from_index(0, index.len())
    word = (shares.rows["place"].gather(share) - 1).zip_with(is_share, agency)
    blocks = (
        Block(sources.select(SOURCE_WORDS), index),
        Block(words.select("payee", "rule"), word),
        Block(sources.select("pool"), index),
        Block(words.select("rate"), word),
        Block(amounts.to_frame()),
    )
    return Table(blocks), int(is_share.sum())


def expected(agency: Agency, period: Period) -> Mapping[str, int]:
    """All shares with the agency's have to add up to the pools of the events and entries that were shared."""
    return sums(
        """
        select (
            select coalesce(sum(e.gross_fen - e.fee_fen), 0)
            from (
                select distinct event_id from commissions_shareline
                where agency_id = %(agency)s and period = %(period)s
            ) s
            join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id
        ) + (
            select coalesce(sum(amount_fen), 0) from sales_entry n
            where n.agency_id = %(agency)s and n.id in (
                select entry_id from commissions_shareline where agency_id = %(agency)s and period = %(period)s)
        ) as share
        """,
        parameters(agency, period),
    )


LINES = Export(_("Lines"), COLUMNS, frames, expected, count)
