"""Shares written one at a time, where a test needs a few of them without a calculation."""

from datetime import date

from mcn.commissions.models import Bucket, ShareBlock, ShareLine
from mcn.sales.models import EarningEvent, Entry


def make_share(
    bucket: Bucket,
    share_fen: int,
    *,
    event: EarningEvent | None = None,
    entry: Entry | None = None,
    host: int = 0,
    dated_on: date | None = None,
) -> ShareLine:
    """The next share of a bucket, in a block of its own."""
    block = ShareBlock.objects.create(
        period=bucket.period,
        bucket=bucket,
        number=ShareBlock.objects.filter(bucket=bucket).count(),
        first_event=event and event.pk,
        last_event=event and event.pk,
        events=[event and event.pk],
        entries=[entry and entry.pk],
        shares=[share_fen],
        hosts=[host],
        dates=[dated_on],
        holders=[None],
    )
    return ShareLine.objects.get(block=block)
