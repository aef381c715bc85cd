"""What pages and papers show of corrections."""

from django.db.models import QuerySet

from mcn.commissions.models import Bucket, ShareLine
from mcn.sales.models import Entry
from mcn.settlements.models import Correction, Statement

WITH = ("payee", "period", "event__line", "entry", "requested_by", "decided_by", "made", "dispute")


def corrections() -> QuerySet[Correction]:
    """All corrections with what a list shows of them, the latest first."""
    return Correction.objects.select_related(*WITH).defer("period__inputs").order_by("-number")


def to_decide() -> QuerySet[Correction]:
    """Those that wait for a second person, the oldest first."""
    return corrections().filter(state=Correction.State.REQUESTED).order_by("number")


def in_statement(statement: Statement, buckets: list[Bucket]) -> list[Correction]:
    """The corrections that are a part of the statement's bonus, as the month was calculated; `buckets`: its own."""
    own = [bucket.pk for bucket in buckets if bucket.kind == Bucket.Kind.WHOLE]
    if not own:
        return []
    shares = ShareLine.objects.filter(
        period=statement.period.code, bucket_id__in=own, entry__income=Entry.Income.CORRECTION
    )
    made = list(shares.values_list("entry_id", flat=True))
    return list(corrections().filter(made__in=made).order_by("number")) if made else []


def of_statement(statement: Statement) -> QuerySet[Correction]:
    """Those that put right something in this statement, whatever became of them."""
    return corrections().filter(period=statement.period_id, payee=statement.payee_id)
