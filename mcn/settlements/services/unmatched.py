"""Attribute the events of open months again, after an import or after a cause was mended."""

from collections.abc import Callable, Iterable

from django.db import transaction

from mcn.commissions import matching
from mcn.commissions.calculation.tables import tune
from mcn.commissions.engine.matching import Matcher
from mcn.commissions.roster import load_roster
from mcn.commissions.unmatched import unmatched_money, write_unmatched
from mcn.settlements import inputs as month_inputs
from mcn.settlements.models import Period

Progress = Callable[[int, int], None]
STEPS = 2  # a month: find whose its events are, write down what is nobody's


@transaction.atomic
def refresh_unmatched(
    periods: Iterable[str] | None = None, *, progress: Progress = lambda done, total: None
) -> dict[str, int]:
    """Bring the unmatched queue of open months (default: all) up to date; returns how many by reason.

    Nothing is paid by this: the next calculation settles what is matched now. A month in review or approved is
    left as it was reviewed. `progress` is told the steps done and all of them; a month has two.
    """
    open_states = (Period.State.OPEN, Period.State.CALCULATED)
    months = Period.objects.filter(state__in=open_states).order_by("code")
    if periods is not None:
        months = months.filter(code__in=list(periods))
    codes = list(months.values_list("code", flat=True))
    if not codes:
        return {}
    tune()
    roster = load_roster()
    ids = month_inputs.ids_now()
    matcher = Matcher(roster)
    found: dict[str, int] = {}
    for number, code in enumerate(codes):
        progress(number * STEPS, len(codes) * STEPS)
        what = month_inputs.considered_now(code)
        entries = month_inputs.entries_now(what)
        matching.find_problems(what, roster, ids)
        progress(number * STEPS + 1, len(codes) * STEPS)
        write_unmatched(what, roster, entries, [matcher.entry(entry) for entry in entries])
        for row in unmatched_money(code)[1]:
            found[row["reason"]] = found.get(row["reason"], 0) + row["count"]
    return found
