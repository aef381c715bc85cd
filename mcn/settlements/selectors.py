"""Reads of periods."""

from django.db.models import Max

from mcn.settlements.models import Period


def last_closed_period() -> str | None:
    """The last closed month (YYYY-MM) of the agency in scope. Months close in order: all before it are settled."""
    return Period.objects.filter(state=Period.State.CLOSED).aggregate(last=Max("code"))["last"]
