"""What one batch of rows changes: order lines, refund records, earning events (docs/money.md §1–2).

Everything is set-based and runs in the import's one transaction; nothing is decided row by row in Python.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from mcn.core.periods import Period
from mcn.sales.models import OrderLine
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
        self._first: dict[str, bool] = {}
        self._fee_rates = fee_rates
        self._parameters: dict[str, Any] = {
            "agency": agency.pk,
            "sales_import": sales_import_id,
            "exported_at": exported_at,
            "exported_month": staging.Calendar.of(agency).month(exported_at),
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
            "platform": platform,
            "fee_rate": self._fee_rates.get(platform, Decimal(0)),
            "list_never_falls": format in LISTS_THAT_NEVER_FALL,
        }
        if format in REFUND_LISTS:
            self._refunds(parameters)
        else:
            self._lines(parameters, format)

    def finish(self) -> Merged:
        """Keep the sums of the touched days."""
        staging.run("keep_days", self._parameters)
        staging.run("drop_empty_days", self._parameters)
        return self.merged

    def _lines(self, parameters: dict[str, Any], format: str) -> None:
        if format in BY_SUB_ORDER:
            staging.run("adopt_orders", parameters)
            staging.run("follow_orders", parameters)
        if not self._is_first(parameters, format):
            staging.run("known", parameters)
        outcomes = self._count_outcomes()
        if outcomes["changed"]:
            staging.run("line_changes", parameters)
            staging.run("count_days", {**parameters, "sign": -1})
            self.merged.add_events(staging.run("append_changes", parameters))
            staging.run("change_lines", parameters)
            staging.run("count_days", {**parameters, "sign": 1})
        if outcomes["confirmed"]:
            staging.run("confirm_lines", parameters)
        staging.run("new_lines", parameters)
        ((created,),) = staging.run("create_lines", parameters)
        if created:
            self.merged.outcomes["created"] += created
            staging.run("count_new", parameters)
            self.merged.add_events(staging.run("append_new", parameters))

    def _refunds(self, parameters: dict[str, Any]) -> None:
        staging.run("follow_orders", parameters)
        staging.run("placeholders", parameters)
        staging.run("known_parts", parameters)
        outcomes = self._count_outcomes()
        if outcomes["created"] + outcomes["changed"] + outcomes["confirmed"]:
            staging.run("part_changes", parameters)
            self.merged.add_events(staging.run("append_parts", parameters))
            staging.run("keep_parts", parameters)
            staging.run("count_refunds", parameters)

    def _is_first(self, parameters: dict[str, Any], format: str) -> bool:
        """Whether the platform had no line before this import. Then no row can be known: a file names each line
        once. (Refund lists and order lists of one archive name the same lines.)
        """
        platform = parameters["platform"]
        if platform not in self._first:
            lines = OrderLine.objects.filter(platform=platform)
            self._first[platform] = format not in BY_SUB_ORDER and not lines.exists()
        return self._first[platform]

    def _count_outcomes(self) -> Counter[str]:
        found: Counter[str] = Counter(dict(staging.run("outcomes", {})))
        self.merged.outcomes.update(found)
        return found
