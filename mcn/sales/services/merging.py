"""What one batch of rows changes: order lines, refund records, earning events (docs/money.md §1–2).

Everything is set-based and runs in the import's one transaction; nothing is decided row by row in Python.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from mcn.core.periods import Period
from mcn.sales.services import staging
from mcn.tenancy.models import Agency

# A fall in this order list is no clawback: the refund list of the same platform reports those.
LISTS_THAT_NEVER_FALL = frozenset({"taobao_union"})
REFUND_LISTS = frozenset({"taobao_refunds"})
BY_SUB_ORDER = LISTS_THAT_NEVER_FALL | REFUND_LISTS  # the line's own key names it, whatever the parent order


@dataclass
class Merged:
    """What the batches so far came to: rows by outcome, events by kind, and the months that settle them."""

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)

    def add_events(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for kind, month, count in rows:
            self.kinds[kind] += count
            self.months[month] += count


class Merge:
    """The rules of one import, applied to batch after batch.

    `exported_at` dates what the file does not date. `last_closed` is the last closed month ("" if none):
    events of it and of earlier months are settled in the month after. `fee_rates`: platform → rate.
    """

    def __init__(
        self,
        *,
        agency: Agency,
        sales_import_id: int,
        exported_at: datetime,
        last_closed: str,
        fee_rates: dict[str, Decimal],
    ) -> None:
        self.merged = Merged()
        self._fee_rates = fee_rates
        self._parameters: dict[str, Any] = {
            "agency": agency.pk,
            "sales_import": sales_import_id,
            "exported_at": exported_at,
            "zone": agency.timezone,
            "day_starts_at": timedelta(hours=agency.day_starts_at.hour, minutes=agency.day_starts_at.minute),
            "first_period": agency.first_period,
            "last_closed": last_closed,
            "first_open": str(Period.parse(last_closed).next) if last_closed else "",
        }
        staging.prepare()

    def batch(self, rows: bytes, *, platform: str, format: str) -> None:
        """Merge one batch of staged rows of one format."""
        staging.load(rows)
        parameters = {
            **self._parameters,
            "fee_rate": self._fee_rates.get(platform, Decimal(0)),
            "list_never_falls": format in LISTS_THAT_NEVER_FALL,
        }
        if format in REFUND_LISTS:
            self._refunds(parameters)
        else:
            self._lines(parameters, format)

    def finish(self) -> Merged:
        """Make the stored daily sums of the touched days again."""
        staging.run("clear_days", self._parameters)
        staging.run("daily", self._parameters)
        return self.merged

    def _lines(self, parameters: dict[str, Any], format: str) -> None:
        if format in BY_SUB_ORDER:
            staging.run("adopt_orders", parameters)
            staging.run("follow_orders", parameters)
        staging.run("known", parameters)
        outcomes = self._count_outcomes()
        if outcomes["changed"]:
            self.merged.add_events(staging.run("append_changes", parameters))
            staging.run("touch_changes", parameters)
            staging.run("change_lines", parameters)
        if outcomes["confirmed"]:
            staging.run("confirm_lines", parameters)
        created, *events = staging.run("create_lines", parameters)
        self.merged.outcomes["created"] += created[2]
        self.merged.add_events(events)

    def _refunds(self, parameters: dict[str, Any]) -> None:
        staging.run("follow_orders", parameters)
        staging.run("placeholders", parameters)
        staging.run("known_parts", parameters)
        outcomes = self._count_outcomes()
        if outcomes["created"] + outcomes["changed"] + outcomes["confirmed"]:
            self.merged.add_events(staging.run("append_parts", parameters))
            staging.run("keep_parts", parameters)
            staging.run("touch_parts", parameters)

    def _count_outcomes(self) -> Counter[str]:
        found: Counter[str] = Counter(dict(staging.run("outcomes", {})))
        self.merged.outcomes.update(found)
        return found
