"""`lines`: one row per earning event and payee, and one for what the agency keeps of the event.

Entries that are part of what was earned stand in it too (platform and line empty, the entry's code as order),
so that a payee's rows add up to the statement's `earned`, and all rows of an event to its pool.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from mcn.commissions.models import Bucket
from mcn.core.copying import Query
from mcn.core.exports import Block, Column, Kind, Table, read
from mcn.settlements.exports.base import ENTRY_MOMENT, Export, parameters, sums
from mcn.settlements.models import Period
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
PACKED_TYPES = {"bucket": pl.Int64, "source": pl.String, "share": pl.String}
PACKED_COLUMNS = (Column("bucket", "", Kind.COUNT), Column("source", ""), Column("share", ""))
SOURCE_COLUMNS = (
    *(column for column in COLUMNS if column.name not in {"payee", "rule", "rate", "share"}),
    Column("source", "", Kind.COUNT),
)
SOURCE_WORDS = [column.name for column in COLUMNS[:6]]  # what tells the event, up to its month

BUCKETS = f"""
    select b.id, row_number() over (order by p.code collate "C", b.id), p.code,
        concat_ws(' ', c.number, 'v' || v.number,
            coalesce(r.income, 'override ' || o.income || ' ' || o.basis),
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
# `source` tells events and entries apart: entries count downwards. Both halves have the same types, or the database
# would join them before it sorts and not sort in parallel.
SOURCES = f"""
    select * from (
        select l.platform, l.order_key, l.line_key, e.kind, e.occurred_at, e.original_period,
            e.gross_fen - e.fee_fen as pool, e.id as source
        from sales_earningevent e
        join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
        where e.agency_id = %(agency)s and {{events}}
        union all
        select ''::varchar, n.code, ''::varchar, n.income, {ENTRY_MOMENT}, to_char(n.date, 'YYYY-MM')::varchar,
            n.amount_fen, -n.id
        from sales_entry n
        where n.agency_id = %(agency)s and {{entries}}
    ) source
    order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", source
"""
# What the month's shares may be of: the events that it settles, with those that earlier months left over, and its
# entries.
OF_MONTH = SOURCES.format(
    events="""(e.settle_period = %(period)s or e.id in (
            select event_id from settlements_leftover where agency_id = %(agency)s and period < %(period)s))""",
    entries="""(n.settle_period = %(period)s or n.id in (
            select entry_id from settlements_leftover where agency_id = %(agency)s and period < %(period)s))""",
)
OWN = """
    select id from commissions_bucket where agency_id = %(agency)s and period = %(period)s and payee_id = %(payee)s
"""
# What one payee's shares are of.
PACKED_OF_PAYEE = """in (select unnest({column}) from commissions_shareblock
    where agency_id = %(agency)s and period = %(period)s and bucket_id in ({own}))"""
OF_PAYEE = SOURCES.format(
    events="e.id " + PACKED_OF_PAYEE.format(column="events", own=OWN),
    entries="n.id " + PACKED_OF_PAYEE.format(column="entries", own=OWN),
)
# Shares as they are packed. Nearly every block is of events alone.
PACKED = f"""
    select bucket_id,
        case
            when array_position(events, null) is null then array_to_string(events, ' ')
            else (select string_agg(coalesce(event, -entry)::text, ' ' order by place)
                from unnest(events, entries) with ordinality packed (event, entry, place))
        end,
        array_to_string(shares, ' ')
    from commissions_shareblock
    where agency_id = %(agency)s and period = %(period)s and (%(payee)s::bigint is null or bucket_id in ({OWN}))
    order by bucket_id, number
"""


class SharesWithoutSource(RuntimeError):
    """Some shares are of events that the month does not settle: their rows would be missing."""


@dataclass(frozen=True)
class Shares:
    """A month's shares by what they are of.

    `sources` are the events and entries in rising order; of each, `counts` shares begin at `starts`, and come to
    `totals` (fen). Each share has its amount and the row of its bucket's words.
    """

    sources: pl.Series
    starts: pl.Series
    counts: pl.Series
    totals: pl.Series
    amounts: pl.Series
    words: pl.Series


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
    packed = pl.concat([pl.DataFrame(schema=PACKED_TYPES), *read(Query(PACKED, params), PACKED_COLUMNS)])
    words, written = _words(buckets), 0
    with ThreadPoolExecutor(max_workers=1) as beside:  # while the database joins and sorts
        unpacking = beside.submit(_unpacked, packed, buckets)
        for sources in read(Query(sources_sql, params), SOURCE_COLUMNS):
            rows, shares = _rows(sources, unpacking.result(), words, with_agency=payee_id is None)
            written += shares
            if rows is not None:
                yield rows
        in_all = unpacking.result().amounts.len()
    if written != in_all:
        raise SharesWithoutSource(f"{in_all - written} shares of {period.code}")


def _words(buckets: pl.DataFrame) -> pl.DataFrame:
    """Payee, rule and rate of each bucket, by place; the agency's in the last row."""
    agency = pl.DataFrame({"payee": [AGENCY], "rule": [None], "rate": [None]}, schema=dict.fromkeys(WORDS, pl.String))
    return pl.concat([buckets.select(WORDS), agency])


def _unpacked(packed: pl.DataFrame, buckets: pl.DataFrame) -> Shares:
    """The shares, by source and then by the place of their bucket."""
    lists = packed.with_columns(pl.col("source", "share").str.split(" "))
    plain = lists.explode("source", "share").cast({"source": pl.Int64, "share": pl.Int64})
    placed = plain.join(buckets.select("bucket", "place"), on="bucket", how="left", maintain_order="left")
    rows = placed.sort("source", "place", maintain_order=True)
    runs = rows["source"].rle().struct.unnest()
    counts = runs["len"].cast(pl.Int64)
    ends = counts.cum_sum()
    until = rows["share"].cum_sum().gather(ends - 1)
    totals = until - until.shift(1, fill_value=0)
    return Shares(runs["value"], ends - counts, counts, totals, rows["share"], rows["place"] - 1)


def _rows(sources: pl.DataFrame, shares: Shares, words: pl.DataFrame, *, with_agency: bool) -> tuple[Table | None, int]:
    """Each source once for every share of it and, if asked, for what is left for the agency; how many shares there are.

    Sources without a share are left out; None where all of them are.
    """
    if not shares.sources.len():
        return None, 0
    at = shares.sources.search_sorted(sources["source"]).clip(0, shares.sources.len() - 1)
    known = shares.sources.gather(at) == sources["source"]
    sources, at = sources.filter(known), at.filter(known)
    if sources.is_empty():
        return None, 0
    counts = shares.counts.gather(at)
    times = counts + with_agency
    index = pl.select(pl.int_range(sources.height).repeat_by(times).explode()).to_series()
    place = pl.int_range(index.len(), eager=True) - (times.cum_sum() - times).gather(index)
    is_share = place < counts.gather(index)
    share = (shares.starts.gather(at).gather(index) + place).clip(0, shares.amounts.len() - 1)
    left = (sources["pool"] - shares.totals.gather(at)).gather(index)
    agency = pl.Series([words.height - 1]).new_from_index(0, index.len())
    word = shares.words.gather(share).zip_with(is_share, agency)
    amounts = shares.amounts.gather(share).zip_with(is_share, left).alias("share")
    blocks = (
        Block(sources.select(SOURCE_WORDS), index),
        Block(words.select("payee", "rule"), word),
        Block(sources.select("pool"), index),
        Block(words.select("rate"), word),
        Block(amounts.to_frame()),
    )
    return Table(blocks), int(counts.sum())


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


def size(period: Period, payee_id: int | None = None) -> int:
    """Number of shares, of the month or of one payee, as the calculation counted them."""
    if payee_id is not None:
        buckets = Bucket.objects.filter(period=period.code, payee=payee_id)
        return buckets.aggregate(lines=Sum("lines"))["lines"] or 0
    return Bucket.objects.filter(period=period.code).aggregate(lines=Sum("lines"))["lines"] or 0


LINES = Export(_("Lines"), COLUMNS, frames, expected, size)
