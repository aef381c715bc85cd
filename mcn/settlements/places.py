"""What corrections, disputes and holds speak of: from a share to its place, and from a place to the share now."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee
from mcn.commissions.models import Bucket, ShareBlock, ShareLine
from mcn.core.errors import RuleError
from mcn.settlements.models import Period, Statement
from mcn.settlements.models.places import OfStatement

WITH_SHARE = ("bucket__payee", "event__line", "entry", "agency")


@dataclass(frozen=True)
class Place:
    """A payee; with `period` the statement of a month; with `share` one share in it. `figure` is the amount, fen."""

    payee: Payee
    period: Period | None = None
    share: ShareLine | None = None
    figure: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The place as the fields of a record (`OfStatement`)."""
        share = self.share
        return {
            "payee": self.payee,
            "period": self.period,
            "event": share.event if share else None,
            "entry": share.entry if share else None,
            "host": share.host if share else 0,
            "override": share.bucket.override if share else None,
        }


def of_statement(statement: Statement) -> Place:
    """A whole statement; its figure is what was earned."""
    return Place(statement.payee, statement.period, None, statement.earned_fen)


def of_share(pk: int, *, payee_id: int | None = None) -> Place:
    """The share with this id. Raises RuleError where there is none, or it is not of that payee."""
    rows = ShareLine.objects.numbered(pk).select_related(*WITH_SHARE, "bucket__override")
    share = (rows.filter(bucket__payee_id=payee_id) if payee_id is not None else rows).first()
    if share is None:
        raise RuleError(_("This line is not there any more: the month was calculated again."))
    period = Period.objects.defer("inputs").get(code=share.period)
    return Place(share.bucket.payee, period, share, share.share_fen)


def share_of(record: OfStatement) -> ShareLine | None:
    """The share that a record names, as the month has it now; None where there is none, or not any more."""
    if record.period is None or not record.is_of_share:
        return None
    rows = ShareLine.objects.select_related(*WITH_SHARE, "bucket__version__contract", "bucket__rule__version__contract")
    rows = rows.select_related("bucket__override").filter(
        period=record.period.code, host=record.host, bucket__payee=record.payee_id, bucket__override=record.override_id
    )
    if record.event_id is not None:
        blocks = ShareBlock.objects.filter(
            first_event__lte=record.event_id, last_event__gte=record.event_id, events__contains=[record.event_id]
        )
        rows = rows.filter(event=record.event_id)
    else:
        own = Bucket.objects.filter(period=record.period.code, payee=record.payee_id)
        blocks = ShareBlock.objects.filter(
            period=record.period.code, bucket__in=list(own), entries__contains=[record.entry_id]
        )
        rows = rows.filter(entry=record.entry_id)
    return rows.filter(block_id__in=list(blocks.values_list("pk", flat=True))).first()


def statement_of(record: OfStatement) -> Statement | None:
    """The statement that a record names, as the month has it now."""
    rows = Statement.objects.select_related("period", "payee").defer("period__inputs")
    return rows.filter(period=record.period_id, payee=record.payee_id).first() if record.period_id else None
