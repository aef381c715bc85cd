"""All shares of a month by bucket, packed as they are written (docs/adr)."""

from collections.abc import Iterable

import polars as pl

from mcn.commissions.calculation.frames import put
from mcn.commissions.calculation.tables import execute
from mcn.commissions.models import ShareBlock

LAST_BLOCK = 2**40
# Not compressed: it is only on the way.
COLUMNS = """
    bucket int, number bigint, first_event bigint, last_event bigint,
    events bigint[] storage external, entries bigint[] storage external, shares bigint[] storage external,
    hosts smallint[] storage external, dates date[] storage external, holders bigint[] storage external
"""
# Few shares, from tables. Entries stand last in their bucket.
FEW = f"""
    select bucket, event_id / {ShareBlock.MOST} as number, event_id as place, event_id, null::bigint as entry_id,
        position, dated_on, holder_id, share from c_back
    union all
    select bucket, {LAST_BLOCK}, place, null, entry_id, 0, null, null, share from c_entry
"""


def pack(frames: Iterable[pl.DataFrame]) -> None:
    """Make c_block of shares in the order of their buckets, and of c_back and c_entry. Where `entries` is empty,
    there are none."""
    put("c_block", COLUMNS, pl.concat([_packed(frame) for frame in frames]), joined=False)
    execute(
        f"""
        insert into c_block (bucket, number, first_event, last_event, events, entries, shares, hosts, dates, holders)
        select bucket, number, min(event_id), max(event_id),
            array_agg(event_id order by place, position),
            array_agg(entry_id order by place, position),
            array_agg(share order by place, position),
            array_agg(position::smallint order by place, position),
            array_agg(dated_on order by place, position),
            array_agg(holder_id order by place, position)
        from ({FEW}) x
        group by bucket, number"""
    )


def _packed(rows: pl.DataFrame) -> pl.DataFrame:
    number = (pl.col("place").cast(pl.Int64) // ShareBlock.MOST).alias("number")
    return (
        rows.select(
            "bucket",
            number,
            "event_id",
            events=_text("event_id"),
            shares=_text("share"),
            hosts=_text("position"),
            dates=_text("paid_on"),
            holders=_text("holder_id"),
        )
        .group_by("bucket", "number", maintain_order=True)
        .agg(
            pl.col("event_id").min().alias("first_event"),
            pl.col("event_id").max().alias("last_event"),
            *(
                pl.concat_str(pl.lit("{"), pl.col(name).str.join(","), pl.lit("}")).alias(name)
                for name in ("events", "shares", "hosts", "dates", "holders")
            ),
        )
    )


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("NULL")
