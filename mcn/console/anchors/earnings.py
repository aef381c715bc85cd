"""What an anchor or agent has earned, month by month, from the statements."""

from typing import Any

from django.http import HttpRequest

from mcn.anchors.models import Payee
from mcn.console.generic.display import label_of
from mcn.core import formats
from mcn.settlements.models import Statement

MONTHS = 24


def earnings_of(request: HttpRequest, payee: Payee) -> dict[str, Any]:
    """The payee's statements, newest first, and the chart's series in time (fen as yuan for the axis)."""
    rows = list(
        Statement.objects.filter(agency=request.agency, payee=payee)  # type: ignore[attr-defined]
        .select_related("period")
        .order_by("-period__code")[:MONTHS]
    )
    in_time = rows[::-1]
    chart = {
        "xAxis": {"type": "category", "data": [formats.period(row.period.code) for row in in_time]},
        "yAxis": {"type": "value"},
        "series": [
            {
                "type": kind,
                "name": label_of(Statement, name),
                "data": [_yuan(getattr(row, name)) for row in in_time],
            }
            for name, kind in (("earned_fen", "bar"), ("net_pay_fen", "line"))
        ],
    }
    return {"statements": rows, "chart": chart}


def _yuan(fen: int) -> str:
    """Fen as plain yuan for the chart's axis, without a float in between."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
