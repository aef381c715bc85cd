"""A month's shares as frames, by the events and entries that they are of.

They are unpacked and put in order here while the database does the same with the events: over a million shares it
would take many times as long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl
from django.db.models import Sum

from mcn.commissions.models import Bucket
from mcn.core.copying import Query, beside
from mcn.core.exports import Column, Kind, read
from mcn.core.planning import by_keys
from mcn.sales.models import OrderLine
from mcn.settlements.models import Period
from mcn.tenancy.scope import current_agency_id

# What the month's shares may be of: the events that it settles, with those that earlier months left over, and its
# entries. The two kinds of events are looked up by an index each.
EVENTS_OF_MONTH = (
    "e.settle_period = %(period)s",
    """e.settle_period is distinct from %(period)s and e.id in (
        select event_id from settlements_leftover where agency_id = %(agency)s and period < %(period)s)""",
)
ENTRIES_OF_MONTH = """(n.settle_period = %(period)s or n.id in (
    select entry_id from settlements_leftover where agency_id = %(agency)s and period < %(period)s))"""

# Shares as they are packed; `source` tells events and entries apart: entries count downwards. Nearly every block is of
# events alone.
PACKED = """
    select bucket_id,
        case
            when array_position(events, null) is null then array_to_string(events, ' ')
            else (select string_agg(coalesce(event, -entry)::text, ' ' order by place)
                from unnest(events, entries) with ordinality packed (event, entry, place))
        end
        {columns}
    from commissions_shareblock
    where agency_id = %(agency)s and period = %(period)s and {blocks}
    order by bucket_id, number
"""
ARRAYS = {
    "share": "array_to_string(shares, ' ')",
    "host": "array_to_string(hosts, ' ')",
    "dated_on": r"array_to_string(dates, ' ', '\N')",
}
NUMBERS = {"source", "share", "host"}


T = TypeVar("T")


class SharesWithoutSource(RuntimeError):
    """Some shares are of events that the month does not settle: their rows would be missing."""


@dataclass(frozen=True)
class Shares:
    """Shares by what they are of: each of `sources`, which rise, has `counts` shares, from `starts` on in `rows`. In
    these, `until` is the sum of all shares so far."""

    sources: pl.Series
    starts: pl.Series
    counts: pl.Series
    rows: pl.DataFrame

    def find(self, sources: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Which of these have shares, and the place of each that has in `self.sources`."""
        if not self.sources.len():
            return pl.repeat(False, sources.len(), dtype=pl.Boolean, eager=True), pl.Series(dtype=pl.UInt32)
        at = self.sources.search_sorted(sources).clip(0, self.sources.len() - 1)
        known = self.sources.gather(at) == sources
        return known, at.filter(known)

    def spread(self, at: pl.Series, further: int = 0) -> tuple[pl.Series, pl.Series, pl.Series]:
        """The sources at these places once for every share of it, and `further` times besides.

        Returns, of each row, which of `at` it is of, the share's place in `rows`, and whether it is a share at all.
        """
        counts = self.counts.gather(at)
        times = counts + further
        index = pl.select(pl.int_range(at.len()).repeat_by(times).explode()).to_series()
        number = pl.int_range(index.len(), eager=True) - (times.cum_sum() - times).gather(index)
        share = (self.starts.gather(at).gather(index) + number).clip(0, self.rows.height - 1)
        return index, share, number < counts.gather(index)

    def sums(self, at: pl.Series) -> pl.Series:
        """What the shares of the sources at these places come to, in fen."""
        starts, until = self.starts.gather(at), self.rows["until"]
        last = until.gather(starts + self.counts.gather(at) - 1)
        return last - until.gather(starts) + self.rows["share"].gather(starts)


def events_of(columns: str, conditions: Iterable[str]) -> str:
    """SQL for these columns of the events `e` that one of the conditions is true of, and of their lines `l`."""
    return " union all ".join(
        f"""select {columns} from sales_earningevent e
        join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
        where e.agency_id = %(agency)s and {condition}"""
        for condition in conditions
    )


def count(period: Period, payee_id: int | None = None) -> int:
    """Number of shares, of the month or of one payee, as the calculation counted them."""
    buckets = Bucket.objects.filter(period=period.code, **({} if payee_id is None else {"payee": payee_id}))
    return buckets.aggregate(lines=Sum("lines"))["lines"] or 0


def packed(params: Mapping[str, Any], *columns: str, blocks: str = "true") -> pl.DataFrame:
    """The month's blocks, those that `blocks` (SQL) is true of: bucket, source and these of `ARRAYS`, each as one text.

    `params` hold `agency`, `period` and whatever `blocks` asks for.
    """
    arrays = "".join(f", {ARRAYS[name]}" for name in columns)
    shown = (Column("bucket", "", Kind.COUNT), *(Column(name, "") for name in ("source", *columns)))
    empty = pl.DataFrame(schema={"bucket": pl.Int64} | dict.fromkeys(("source", *columns), pl.String))
    return pl.concat([empty, *read(Query(PACKED.format(columns=arrays, blocks=blocks), params), shown)])


def unpacked(blocks: pl.DataFrame) -> pl.DataFrame:
    """A row for each share of these blocks."""
    names = blocks.columns[1:]
    rows = blocks.with_columns(pl.col(names).str.split(" ")).explode(names)
    return rows.cast({name: pl.Int64 for name in names if name in NUMBERS})


def by_source(rows: pl.DataFrame) -> Shares:
    """The shares (`source`, `place`, …) by what they are of, those of one source by their place."""
    rows = rows.sort("source", "place", maintain_order=True).with_columns(until=pl.col("share").cum_sum())
    runs = rows["source"].rle().struct.unnest()
    counts = runs["len"].cast(pl.Int64)
    return Shares(runs["value"], counts.cum_sum() - counts, counts, rows)


def told(
    period: Period,
    sources: Iterable[pl.DataFrame],
    order: Callable[[], tuple[Shares, pl.DataFrame]],
    tell: Callable[[pl.DataFrame, Shares, pl.DataFrame], tuple[T, int]],
) -> Iterator[T]:
    """What `tell` makes of each frame of sources, the month's shares, and the words that many of these have in common;
    it also says how many shares it told of. `order` gives shares and words while the database joins and sorts the
    sources. Raises SharesWithoutSource, after the last frame, where shares are left.
    """
    so_far = 0
    found = by_keys(OrderLine._meta.db_table, current_agency_id(), count(period))
    with found, ThreadPoolExecutor(max_workers=1) as aside:
        ordering = aside.submit(order)
        for made, shares in beside(lambda frame: tell(frame, *ordering.result()), sources):
            so_far += shares
            yield made
        in_all = ordering.result()[0].rows.height
    if so_far != in_all:
        raise SharesWithoutSource(f"{in_all - so_far} shares of {period.code}")
