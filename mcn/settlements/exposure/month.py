"""The refund exposure of a month for its page: stored sums only, and whole fen that add up (docs/money.md §1.3)."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeVar

from django.db.models import F, Sum

from mcn.anchors.models import Anchor
from mcn.core.periods import Period as Month
from mcn.settlements.exposure.learning import (
    MOST_AGE,
    MOST_MONTHS,
    NOTHING,
    Forecast,
    History,
    Money,
    Part,
    cumulative,
    foresee,
    months_between,
    part,
)
from mcn.settlements.models import ExposureMonth, ExposureSum, Period
from mcn.tenancy.models import Agency

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[int, str]  # anchor, category


@dataclass(frozen=True)
class Fen:
    """Whole fen: the pool, and the anchors' shares of it. The rest is the agency's and its agents'."""

    pool: int = 0
    share: int = 0

    @property
    def rest(self) -> int:
        return self.pool - self.share


@dataclass(frozen=True)
class Row:
    """An anchor or a category: what was settled, what was taken back, what is still expected (None: not known).

    `key` is the anchor's id, or the category's name, which is empty for lines without one.
    """

    key: Any
    name: str
    code: str
    settled: Fen
    clawed: Fen
    reserve: Fen | None
    learnt: str = ""  # of a category: told by "own" lines, by those of "all" goods, by "both" at different ages


@dataclass(frozen=True)
class Past:
    """What was taken back in one month; `lost`: what earlier months lost at that age of what they settled."""

    month: Month
    age: int
    clawed: Fen
    rate: Fraction | None  # of the settled pool
    lost: Part | None


@dataclass(frozen=True)
class Coming:
    """What is expected in one month to come, and what all goods of earlier months lost then of what still stood."""

    month: Month
    age: int
    expected: Fen
    learnt: Part


@dataclass(frozen=True)
class Exposure:
    """A month whose shares are summed. `reserve` is None where nothing can be learnt; then `why` says so:
    "not_over" (calculated before it was over), "earlier" (an earlier month was), "first" (no earlier month), "few" (too
    few lines in earlier months), "old" (nothing is foreseen so long after the month).

    `until`: the last month that is over and summed, up to which clawbacks count; `since` was taken back after it, and
    `standing` is what was left then.
    Anchors, categories and months each add up to the sums.
    """

    month: Month
    until: Month | None
    settled: Fen
    clawed: Fen
    since: Fen
    standing: Fen
    reserve: Fen | None
    why: str
    past: list[Past]
    coming: list[Coming]
    anchors: list[Row]
    categories: list[Row]


def summed_months() -> list[str]:
    """Codes of the months whose shares are summed, newest first."""
    return list(ExposureMonth.objects.order_by("-period").values_list("period", flat=True))


def last_known(agency: Agency) -> Month | None:
    """The last month up to which every one was calculated after it was over, and summed; None without one.

    It is looked for from the first summed month on: what is taken back in a month that is not over is only a part.
    """
    stamps = dict(ExposureMonth.objects.values_list("period", "calculated_at"))
    if not stamps:
        return None
    known: Month | None = None
    for code in Period.objects.filter(code__gte=min(stamps)).order_by("code").values_list("code", flat=True):
        month = Month.parse(code)
        if code not in stamps or not _is_over(month, stamps[code], agency):
            break
        known = month
    return known


def _is_over(month: Month, at: datetime, agency: Agency) -> bool:
    return agency.business_date(at) >= month.end


def exposure(month: Month, agency: Agency) -> Exposure | None:
    """The exposure of a month; None where its shares are not summed (yet)."""
    at = ExposureMonth.objects.filter(period=f"{month}").values_list("calculated_at", flat=True).first()
    if at is None:
        return None
    until = last_known(agency)
    over = until is not None and month <= until
    settled, clawed = _of(month)
    counted = {m: found for m, found in clawed.items() if not over or until is None or m <= until}
    lost = _sum_cells(counted.values())
    standing = {cell: settled.get(cell, NOTHING) - lost.get(cell, NOTHING) for cell in settled.keys() | lost.keys()}
    forecast, why = None, "earlier" if _is_over(month, at, agency) else "not_over"
    history = _history(month, until) if until is not None else None
    if over and history is not None:
        forecast = foresee(history, month, standing)
        why = "" if forecast.learnt else _why(month, history)
    known = forecast if forecast is not None and forecast.learnt else None
    after = _sum_cells(found for m, found in clawed.items() if m not in counted)
    return Exposure(
        month=month,
        until=until,
        settled=_fen(settled.values()),
        clawed=_fen(lost.values()),
        since=_fen(after.values()),
        standing=_fen(standing.values()),
        reserve=_fen(known.expected.values()) if known else None,
        why=why,
        past=_past(month, settled, counted, history),
        coming=_coming(month, known) if known else [],
        anchors=_anchors(settled, lost, known),
        categories=_categories(settled, lost, known),
    )


def _why(month: Month, history: History) -> str:
    if months_between(month, history.until) >= MOST_AGE:
        return "old"
    return "few" if history.months(0, month) else "first"


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────────

CLAWED = {"pool": Sum("clawed_pool"), "share": Sum("clawed_share_fen")}
SETTLED = {"pool": Sum("settled_pool"), "share": Sum("settled_share_fen"), "lines": Sum("lines")}


def _money(row: dict[str, Any]) -> Money:
    return Money(Fraction(row["pool"]), Fraction(int(row["share"])))


def _of(month: Month) -> tuple[dict[Cell, Money], dict[Month, dict[Cell, Money]]]:
    """What a month settled, and what every month took back of it, by anchor and category."""
    rows = ExposureSum.objects.filter(origin=f"{month}").order_by()
    own = rows.filter(period=f"{month}").values("anchor_id", "category").annotate(**SETTLED)
    settled = {(row["anchor_id"], row["category"]): _money(row) for row in own}
    clawed: dict[Month, dict[Cell, Money]] = defaultdict(dict)
    for row in rows.values("period", "anchor_id", "category").annotate(**CLAWED):
        clawed[Month.parse(row["period"])][row["anchor_id"], row["category"]] = _money(row)
    return settled, clawed


def _history(month: Month, until: Month) -> History:
    """The months before this one, as far as they can tell anything of it."""
    history = History(until)
    first = month
    for _step in range(MOST_AGE + MOST_MONTHS):
        first = first.previous
    rows = ExposureSum.objects.filter(origin__gte=f"{first}", origin__lt=f"{month}", period__lte=f"{until}").order_by()
    rows = rows.values("origin", "period", "category")
    for row in rows.filter(period=F("origin")).annotate(**SETTLED):
        origin = Month.parse(row["origin"])
        history.settled[origin][row["category"]] = _money(row)
        history.lines[origin][row["category"]] = int(row["lines"])
    for row in rows.annotate(**CLAWED):
        origin = Month.parse(row["origin"])
        history.clawed[origin, months_between(origin, Month.parse(row["period"]))][row["category"]] = _money(row)
    return history


# ── Whole fen ─────────────────────────────────────────────────────────────────────────────────────────


def _fen(amounts: Iterable[Money]) -> Fen:
    (found,) = _rounded([sum(amounts, NOTHING)])
    return found


def _rounded(amounts: list[Money]) -> list[Fen]:
    pools, shares = cumulative(a.pool for a in amounts), cumulative(a.share for a in amounts)
    return [Fen(pool, share) for pool, share in zip(pools, shares, strict=True)]


def _sum_cells(found: Iterable[dict[Cell, Money]]) -> dict[Cell, Money]:
    sums: dict[Cell, Money] = defaultdict(Money)
    for cells in found:
        for cell, money in cells.items():
            sums[cell] += money
    return sums


def _by(amounts: dict[Any, Money], key: Callable[[Any], Key]) -> dict[Key, Money]:
    sums: dict[Key, Money] = defaultdict(Money)
    for name, money in amounts.items():
        sums[key(name)] += money
    return sums


def _past(
    month: Month, settled: dict[Cell, Money], clawed: dict[Month, dict[Cell, Money]], history: History | None
) -> list[Past]:
    """A row for the month itself and for every month up to the last that took something back or is over."""
    over = min(history.until, _later(month, MOST_AGE)) if history is not None else month
    last = max([month, over, *clawed])
    ages = range(months_between(month, last) + 1)
    sums = [sum(clawed.get(_later(month, age), {}).values(), NOTHING) for age in ages]
    pool = sum(settled.values(), NOTHING).pool
    return [
        Past(
            _later(month, age),
            age,
            fen,
            sums[age].pool / pool if pool > 0 else None,
            part(history, month, age, since=0, category=None) if history is not None else None,
        )
        for age, fen in zip(ages, _rounded(sums), strict=True)
    ]


def _coming(month: Month, forecast: Forecast) -> list[Coming]:
    by_age = _by(forecast.expected, lambda name: name[2])
    ages = sorted(forecast.learnt)
    rounded = _rounded([by_age.get(age, NOTHING) for age in ages])
    return [Coming(_later(month, age), age, fen, forecast.learnt[age]) for age, fen in zip(ages, rounded, strict=True)]


def _later(month: Month, months: int) -> Month:
    for _step in range(months):
        month = month.next
    return month


def _rows(
    names: list[tuple[Key, str, str]],
    settled: dict[Key, Money],
    clawed: dict[Key, Money],
    expected: dict[Key, Money] | None,
    learnt: dict[Key, str],
) -> list[Row]:
    """Rows in the order of `names`; rounded in it, so that they add up."""
    keys = [key for key, _name, _code in names]
    gave, back = (_rounded([found.get(key, NOTHING) for key in keys]) for found in (settled, clawed))
    reserve = [None] * len(keys) if expected is None else _rounded([expected.get(key, NOTHING) for key in keys])
    return [
        Row(key, name, code, gave[at], back[at], reserve[at], learnt.get(key, ""))
        for at, (key, name, code) in enumerate(names)
    ]


def _anchors(settled: dict[Cell, Money], clawed: dict[Cell, Money], forecast: Forecast | None) -> list[Row]:
    ids = {anchor for anchor, _category in settled.keys() | clawed.keys()}
    found = Anchor.objects.filter(pk__in=ids).order_by("code").values_list("pk", "stage_name", "code")
    expected = _by(forecast.expected, lambda name: name[0]) if forecast else None
    rows = _rows(list(found), _by(settled, lambda cell: cell[0]), _by(clawed, lambda cell: cell[0]), expected, {})
    return sorted(rows, key=lambda row: -(row.reserve or row.settled).pool)


def _categories(settled: dict[Cell, Money], clawed: dict[Cell, Money], forecast: Forecast | None) -> list[Row]:
    names = sorted(
        {category for _anchor, category in settled.keys() | clawed.keys()}, key=lambda name: (not name, name)
    )
    expected = _by(forecast.expected, lambda name: name[1]) if forecast else None
    learnt = {name: _told(forecast, name) for name in names} if forecast else {}
    keyed = [(name, name, "") for name in names]
    return _rows(keyed, _by(settled, lambda cell: cell[1]), _by(clawed, lambda cell: cell[1]), expected, learnt)


def _told(forecast: Forecast, category: str) -> str:
    """Whose lines told of a category: its own, those of all goods, or both."""
    own = sum((category, age) in forecast.own for age in forecast.learnt)
    return "own" if own == len(forecast.learnt) else "both" if own else "all"
