"""What an import changes, as rows to be kept with it. Made from sums that the import has anyway, never from lines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from mcn.sales.models import ImportDifference, SalesImport
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


@dataclass
class EventSums:
    """How many events of one kind, own month and settling month; their base and pool in fen."""

    count: int = 0
    base_fen: int = 0
    pool_fen: int = 0


@dataclass(frozen=True)
class Difference:
    """The money difference of one import, fen (docs/money.md §2.1); `anchors` is added by who knows the roster."""

    payment_months: list[str] = field(default_factory=list)
    accounts: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
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
            "anchors": anchors,
            **difference.totals,
        },
    )
