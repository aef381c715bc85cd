"""What one batch of rows changes: order lines, refund records, earning events (docs/money.md §1–2).

Everything is set-based and runs in the import's one transaction; nothing is decided row by row in Python.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from mcn.core.periods import Period, settling_period
from mcn.core.platforms import Platform
from mcn.sales.importers.formats import SalesFormat
from mcn.sales.models import OrderLine
from mcn.sales.services import staging
from mcn.sales.services.beginnings import Beginning, Sums, by_table
from mcn.sales.services.differences import Difference, EventSums, work_out
from mcn.tenancy.models import Agency


@dataclass
class Merged:
    """What the batches so far came to: rows by outcome, events by kind, entries, and the months that settle them.

    `money` sums the events by (kind, own month, month that settles them); `difference` is there once all is merged.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    money: dict[tuple[str, str, str], EventSums] = field(default_factory=dict)
    difference: Difference = field(default_factory=Difference)

    def add_events(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for kind, own, settled, count, base, pool in rows:
            self.kinds[kind] += count
            self.months[settled] += count
            sums = self.money.setdefault((kind, own, settled), EventSums())
            sums.count += count
            sums.base_fen += base
            sums.pool_fen += pool


class CountsDiffer(RuntimeError):
    """The database made other lines or events than were worked out: nothing of the import may stay."""


@dataclass(frozen=True)
class Staged:
    """A batch on its way: all that is said of its rows, and what of it is staged before they merge.

    `whole`: that is all. `sums` are those that hold if all lines are new, worked out where that is likely.
    """

    rows: pl.DataFrame
    looked_at: staging.Rows
    whole: bool = False
    sums: Sums | None = None


class Merge:
    """The rules of one import, applied to batch after batch.

    `exported_at` dates what the file does not date. `last_closed` is the last closed month ("" if none):
    events of it and of earlier months are settled in the month after. `fee_rates`: platform → rate.
    `read_wrongly`: imports whose word on a line counts no more, because this one reads the same file better.
    """

    def __init__(
        self,
        *,
        agency: Agency,
        sales_import_id: int,
        exported_at: datetime,
        last_closed: str,
        fee_rates: dict[str, Decimal],
        read_wrongly: Sequence[int] = (),
    ) -> None:
        self.merged = Merged()
        self._known_platforms = {code for code in Platform.values if _has_lines(code)}
        self._fee_rates = fee_rates
        self._calendar = staging.Calendar.of(agency)
        self._new: list[Sums] = []
        self._mostly_new = False
        self._last_closed = Period.parse(last_closed) if last_closed else None
        self._parameters: dict[str, Any] = {
            "agency": agency.pk,
            "sales_import": sales_import_id,
            "exported_at": exported_at,
            "exported_month": self._calendar.month(exported_at),
            "first_period": agency.first_period,
            "zone": agency.timezone,
            "day_starts_at": agency.day_starts_at,
            "last_closed": last_closed,
            "read_wrongly": list(read_wrongly),
            "first_open": str(self._last_closed.next) if self._last_closed else "",
        }
        staging.prepare()

    def staged(self, frame: pl.DataFrame, layout: SalesFormat, account: str = "") -> Staged:
        """An importer's frame as `batch` takes it. `account` is the one given with the import.

        Where lines are known already, most rows of an export are: what decides on them is staged first, and only what
        is left is staged whole; unless most lines of the batches before were new. May run beside `batch`.
        """
        rows = staging.staged(frame, calendar=self._calendar, account=account)
        if layout.parts:  # what they name first begins without money
            return Staged(rows, staging.as_rows(rows, staging.SAID), whole=True)
        first = not layout.line_named_by and self._is_first(layout.platform)
        new = first or self._mostly_new
        if not (new or layout.line_named_by):
            return Staged(rows, staging.as_rows(rows, staging.KNOWN_BY))
        rows = self._begun(rows, layout.platform)
        columns = staging.OF_NEW if first else staging.COLUMNS
        return Staged(rows, staging.as_rows(rows, columns), whole=not first, sums=Sums.of(rows) if new else None)

    def batch(self, staged: Staged, layout: SalesFormat) -> None:
        """Merge one batch of rows of one format."""
        staging.load(staged.looked_at)
        parameters = {
            **self._parameters,
            "platform": layout.platform,
            "fee_rate": self._fee_rates.get(layout.platform, Decimal(0)),
            "list_never_falls": layout.falls_elsewhere,
            "authority": layout.authority,
            "phases": layout.parts == "phases",
        }
        if layout.parts:
            self._parts(parameters)
            self._known_platforms.add(layout.platform)  # the lists of the same archive name the same lines
        elif layout.line_named_by == "sub_order":
            staging.run("adopt_orders", parameters)
            staging.run("follow_orders", parameters)
            staging.run("known", parameters)
            self._lines(parameters, staged)
        elif layout.line_named_by:
            # The same lines under two names: the league's by SKU, the shop's by product.
            staging.run("adopt_products" if layout.line_named_by == "sku" else "follow_products", parameters)
            staging.run("known", parameters)
            self._lines(parameters, staged)
        elif self._is_first(layout.platform):
            self._create(parameters, staged.rows, staged.sums)
            return  # nothing was asked of the database that it would have to forget
        else:
            staging.run("known", parameters)
            self._lines(parameters, staged)
        staging.forget()

    def finish(self) -> Merged:
        """Work out the difference, and keep the sums of the touched days."""
        for table, sums in by_table(self._new).items():
            staging.add(table, sums)
        staging.run("sum_days", self._parameters)
        self.merged.difference = work_out(self._parameters["agency"], self.merged.money)
        staging.run("keep_days", self._parameters)
        staging.run("drop_empty_days", self._parameters)
        staging.run("keep_settled_days", self._parameters)
        staging.run("drop_empty_settled_days", self._parameters)
        staging.run("keep_lags", self._parameters)
        staging.run("drop_empty_lags", self._parameters)
        return self.merged

    def _lines(self, parameters: dict[str, Any], staged: Staged) -> None:
        """Change and create lines."""
        rows = staged.rows
        outcomes = self._count_outcomes()
        self._mostly_new = 2 * outcomes.total() < rows.height
        if outcomes["confirmed"]:
            staging.run("confirm_lines", parameters)
        if not staged.whole:
            rows = _without(rows, staging.run("nothing_new", {}))
            if rows.is_empty():
                return
            rows = self._begun(rows, parameters["platform"])
            staging.load(staging.as_rows(rows, staging.COLUMNS))
        if outcomes["changed"]:
            staging.run("line_changes", parameters)
            staging.run("count_days", {**parameters, "sign": -1})
            self._append("append_changes", parameters)
            staging.run("keep_former_lines", parameters)
            staging.run("change_lines", parameters)
            staging.run("count_days", {**parameters, "sign": 1})
        self._create(parameters, _without(rows, staging.run("known_rows", {})), staged.sums)

    def _create(self, parameters: dict[str, Any], rows: pl.DataFrame, sums: Sums | None) -> None:
        """Create the lines of these rows, which are all of the staged ones that are new. Raises CountsDiffer.

        `sums` are those of the whole batch, or None.
        """
        if rows.is_empty():
            return
        if sums is None or sums.lines != rows.height:
            sums = Sums.of(rows)
        staging.run("new_lines", parameters)
        made = (staging.change("create_lines", parameters), staging.change("append_new", parameters))
        if made != (rows.height, sums.events["count"].sum()):
            raise CountsDiffer(made)
        self.merged.outcomes["created"] += rows.height
        self.merged.add_events(sums.events.iter_rows())
        self._new.append(sums)

    def _parts(self, parameters: dict[str, Any]) -> None:
        """Refund records or phases of lines, which may still be unknown."""
        if not parameters["phases"]:
            staging.run("follow_orders", parameters)
        staging.run("placeholders", parameters)
        staging.run("known_parts", parameters)
        outcomes = self._count_outcomes()
        if outcomes["created"] + outcomes["changed"] + outcomes["confirmed"]:
            staging.run("part_changes", parameters)
            if outcomes["changed"]:
                staging.run("keep_former_parts", parameters)
            staging.run("keep_parts", parameters)
            if parameters["phases"]:
                self._append("append_phases", parameters)
            else:
                self._append("append_parts", parameters)
                staging.run("count_refunds", parameters)

    def _append(self, statement: str, parameters: dict[str, Any]) -> None:
        """Append events to lines known before, and count them in the sums of their days."""
        self.merged.add_events(staging.run(statement, parameters))
        staging.run("count_events", parameters)

    def _begun(self, rows: pl.DataFrame, platform: str) -> pl.DataFrame:
        rate = self._fee_rates.get(platform, Decimal(0))
        return Beginning(self._calendar, self._parameters["exported_at"], rate, self._settles).added_to(rows)

    def _settles(self, month: str) -> str:
        """The month that settles an event of `month`; none settles what is older than the first (docs/money.md §2)."""
        if month < self._parameters["first_period"]:
            return month
        return str(settling_period(Period.parse(month), self._last_closed))

    def _is_first(self, platform: str) -> bool:
        """Whether the platform had no line before this import. Then no row can be known: a file names each line
        once. (Refund lists and order lists of one archive name the same lines.)
        """
        return platform not in self._known_platforms

    def _count_outcomes(self) -> Counter[str]:
        found: Counter[str] = Counter(dict(staging.run("outcomes", {})))
        self.merged.outcomes.update(found)
        return found


def _without(rows: pl.DataFrame, numbers: list[tuple[int]]) -> pl.DataFrame:
    """The rows that do not have these numbers."""
    found = pl.Series([number for (number,) in numbers], dtype=pl.Int64)
    return rows.filter(~pl.col("row_number").is_in(found.implode()))


def _has_lines(platform: str) -> bool:
    """Whether the agency has a line of the platform: one look into the index, however many lines others have."""
    lines = OrderLine.objects.filter(platform=platform).order_by("agency", "platform", "order_key", "line_key")
    return lines.values_list("pk").first() is not None
