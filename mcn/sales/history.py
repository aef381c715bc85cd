"""What was known of one order line, and when: the states that files told of it, and its events.

Known from a moment on is what an import recorded then, whenever it happened on the platform. Every read takes
`until`: nothing that was recorded later; None for all of it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from mcn.sales.models import EarningEvent, FormerLine, FormerPart, LinePart, OrderLine
from mcn.tenancy.models import Agency

LineState = OrderLine | FormerLine
PartState = LinePart | FormerPart


@dataclass(frozen=True)
class ToldPart:
    """A refund record or phase, and a state that a file told of it."""

    part: LinePart
    state: PartState


def end_of_day(agency: Agency, day: date) -> datetime:
    """The moment at which a business day of the agency is over."""
    return agency.day_start(day + timedelta(days=1))


def _known(rows: QuerySet, until: datetime | None) -> QuerySet:
    rows = rows.select_related("sales_import").order_by("pk")
    return rows if until is None else rows.filter(sales_import__recorded_at__lt=until)


def states_of(line: OrderLine, until: datetime | None = None) -> list[LineState]:
    """What files told of the line, oldest first; the last one is what stood then. Empty if nothing was known."""
    former: Iterable[LineState] = _known(FormerLine.objects.filter(line=line), until)
    present: Iterable[LineState] = _known(OrderLine.objects.filter(pk=line.pk), until)
    return [*former, *present]


def parts_of(line: OrderLine, until: datetime | None = None) -> list[ToldPart]:
    """What other files (refund lists, phases) told of the line, by part, oldest first."""
    former = _known(FormerPart.objects.filter(part__line=line), until).select_related("part", "sales_import")
    present = _known(LinePart.objects.filter(line=line), until)
    told = [ToldPart(state.part, state) for state in former] + [ToldPart(state, state) for state in present]
    return sorted(told, key=lambda one: one.part.pk)  # stable: a part's present state stays behind its former ones


def newest_parts(told: Iterable[ToldPart]) -> list[ToldPart]:
    """Of each part its last state, in the order in which the platform changed them."""
    newest = {one.part.pk: one for one in told}
    return sorted(newest.values(), key=lambda one: (_moment(one.state.changed_at), one.part.pk))


def _moment(at: datetime | None) -> float:
    """For sorting: what has no time comes last."""
    return math.inf if at is None else at.timestamp()


def events_of(line: OrderLine, until: datetime | None = None) -> list[EarningEvent]:
    """The line's earning events in the order they happened."""
    rows = line.events.select_related("sales_import").order_by("occurred_at", "id")
    return list(rows if until is None else rows.filter(created_at__lt=until))
