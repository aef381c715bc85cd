"""What an import changes, as rows to be kept with it. Made from sums that the import has anyway, never from lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone

from mcn.sales.models import Entry, ImportDifference, SalesImport
from mcn.sales.services import staging

MOST_ROWS = 200
Row = dict[str, Any]
# What the statement gives of an account, in this order; those before the change are None without a payment time.
_ACCOUNT = (
    "platform", "account", "dated", "new_lines", "changed_lines", "estimated_gross_fen", "settled_base_fen",
    "settled_pool_fen", "estimated_gross_before_fen", "settled_base_before_fen", "settled_pool_before_fen",
)  # fmt: skip
_SUMMED = tuple(name for name in _ACCOUNT if name.endswith(("_fen", "_lines")))
_TOTALS = ("estimated_gross_fen", "settled_base_fen", "settled_pool_fen")
_INCOMES = {income: place for place, income in enumerate(Entry.Income.values)}
# Entries by income, anchor, own month and the month that settles them.
EntryKey = tuple[str, int, str, str]


@dataclass
class EventSums:
    """How many events of one kind, own month and settling month; their base and pool in fen."""

    count: int = 0
    base_fen: int = 0
    pool_fen: int = 0


@dataclass
class EntrySums:
    """How many entries are the first of their piece of income, how many bring a later change, and their sum in fen."""

    new: int = 0
    changed: int = 0
    amount_fen: int = 0

    def add(self, new: int, changed: int, amount_fen: int) -> None:
        self.new += new
        self.changed += changed
        self.amount_fen += amount_fen


@dataclass(frozen=True)
class Difference:
    """The money difference of one import, fen (docs/money.md §2.1); `anchors` is added by who knows the roster.

    `anchor_entries`: of each anchor with entries all of them, penalties taken off; for who makes `anchors`.
    """

    payment_months: list[str] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    anchor_entries: dict[int, EntrySums] = field(default_factory=dict)
    totals: Row = field(default_factory=dict)


def work_out(agency_id: int, money: dict[tuple[str, str, str], EventSums]) -> Difference:
    """The difference of the import whose batches are all merged and whose sums of days are not kept yet.

    `money`: its events by (kind, own month, month that settles them).
    """
    parameters = {"agency": agency_id}
    rows = [dict(zip(_ACCOUNT, row, strict=True)) for row in staging.run("account_differences", parameters)]
    return Difference(
        payment_months=[month for (month,) in staging.run("payment_months", parameters)],
        accounts=bounded(rows, _SUMMED),
        events=[
            {
                "settle_period": settled,
                "original_period": own,
                "kind": kind,
                "count": sums.count,
                "base_fen": sums.base_fen,
                "pool_fen": sums.pool_fen,
            }
            for (kind, own, settled), sums in sorted(money.items(), key=lambda item: (item[0][2], item[0][1], item[0]))
        ],
        totals={name: sum(row[name] for row in rows) for name in _TOTALS},
    )


def with_entries(difference: Difference, money: Mapping[EntryKey, EntrySums]) -> Difference:
    """The difference with what the import's entries of other income come to (docs/money.md §4.7).

    `money`: all of them, by EntryKey. A row has the sum of the entries' amounts as they are written, so a penalty's is
    positive; the total and the sums of anchors take penalties off.
    """
    rows: list[Row] = []
    of_anchors: dict[int, EntrySums] = {}
    for (income, anchor, own, settled), sums in money.items():
        rows.append(
            {
                "settle_period": settled,
                "original_period": own,
                "income": income,
                "anchor": anchor,
                "new_entries": sums.new,
                "changed_entries": sums.changed,
                "amount_fen": sums.amount_fen,
            }
        )
        effect = -sums.amount_fen if income == Entry.Income.PENALTY else sums.amount_fen
        of_anchors.setdefault(anchor, EntrySums()).add(sums.new, sums.changed, effect)
    total = sum(sums.amount_fen for sums in of_anchors.values())
    return replace(
        difference,
        entries=_bounded_entries(rows),
        anchor_entries=of_anchors,
        totals={**difference.totals, "entries_fen": total},
    )


def _bounded_entries(rows: list[Row]) -> list[Row]:
    """The MOST_ROWS with the largest amounts; of the others one row for each income and months, with the number of
    their anchors as `others`. By income, then by months, then the largest first.
    """

    def months(row: Row) -> tuple[int, str, str]:
        return _INCOMES[row["income"]], row["settle_period"], row["original_period"]

    largest = sorted(rows, key=lambda row: (-abs(row["amount_fen"]), *months(row), row["anchor"]))
    rest: dict[tuple[int, str, str], Row] = {}
    for row in largest[MOST_ROWS:]:
        summed = rest.setdefault(
            months(row), {**row, "new_entries": 0, "changed_entries": 0, "amount_fen": 0, "others": 0}
        )
        summed.pop("anchor", None)
        for name in ("new_entries", "changed_entries", "amount_fen"):
            summed[name] += row[name]
        summed["others"] += 1
    return sorted([*largest[:MOST_ROWS], *rest.values()], key=lambda row: (*months(row), "others" in row))


def bounded(rows: Sequence[Row], summed: Iterable[str]) -> list[Row]:
    """At most MOST_ROWS of the rows, in their order; the others are the last one, with their `summed` columns added
    up and their number as `others`. What one of them does not know (None) adds nothing.
    """
    rest = rows[MOST_ROWS:]
    if not rest:
        return list(rows)
    others: Row = {name: sum(row[name] or 0 for row in rest) for name in summed}
    return [*rows[:MOST_ROWS], {**others, "others": len(rest)}]


def keep_difference(*, sales_import: SalesImport, format: str, difference: Difference, anchors: list[Row]) -> None:
    """Keep the difference with the import, in the place of one that an earlier look at the file left."""
    ImportDifference.objects.update_or_create(
        sales_import=sales_import,
        defaults={
            "made_at": timezone.now(),
            "format": format,
            "payment_months": difference.payment_months,
            "accounts": difference.accounts,
            "events": difference.events,
            "entries": difference.entries,
            "anchors": anchors,
            **difference.totals,
        },
    )
