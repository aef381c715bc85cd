"""Other income from files (docs/money.md §4.7): the first entry has the amount, each change brings the difference.

Such files have hundreds of rows, not millions, so their rules are written row by row; the database is asked by batch.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from mcn.anchors.models import Anchor, PlatformAccount
from mcn.core.periods import Period, settling_period
from mcn.sales.importers import Batch
from mcn.sales.importers.formats import SalesFormat
from mcn.sales.importers.lines import REJECTED_SCHEMA
from mcn.sales.models import Entry, EntrySource
from mcn.sales.services.differences import EntryKey, EntrySums
from mcn.tenancy.models import Agency


class Refused(Exception):
    """A row that cannot become an entry: the code of the reason (one of ROW_REASONS)."""


@dataclass
class EntryRows:
    """Takes rows of other income in, batch after batch, inside the import's transaction.

    `exported_at` tells which file is newer where the platform's own times do not. `last_closed`: code of the last
    closed month or "". `outcomes`: rows by what became of them, `months`: entries by the month that settles them,
    `money`: what the entries come to.
    """

    agency: Agency
    sales_import_id: int
    exported_at: datetime
    last_closed: str
    outcomes: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    money: dict[EntryKey, EntrySums] = field(default_factory=dict)

    def batch(self, batch: Batch, account: str) -> Batch:
        """Write the entries of a batch. Returns it with the rows that were refused here among the rejected ones."""
        layout, rows = batch.part.format, batch.frame
        known = _Known.of(self.agency, layout, rows, account)
        refused: list[tuple[int, str, None, str | None]] = []
        new_sources: list[EntrySource] = []
        changed_sources: list[EntrySource] = []
        entries: list[Entry] = []
        for row in rows.iter_rows(named=True):
            try:
                source, entry, outcome = self._row(layout, row, known)
            except Refused as error:
                refused.append((row["row_number"], str(error), None, row["order_key"]))
                continue
            self.outcomes[outcome] += 1
            if outcome != "stale":
                (changed_sources if source.pk else new_sources).append(source)
            if entry is not None:
                self._count(entry, is_change=len(known.entries[source.key]) > 1)
                entries.append(entry)
        EntrySource.objects.bulk_create(new_sources)
        EntrySource.objects.bulk_update(
            changed_sources, ["amount_fen", "changed_at", "exported_at", "sales_import", "row_number"], batch_size=1000
        )
        Entry.objects.bulk_create(entries)
        if not refused:
            return batch
        numbers = [number for number, *_ in refused]
        rejected = pl.DataFrame(refused, schema=REJECTED_SCHEMA, orient="row")
        return replace(
            batch,
            frame=rows.filter(~pl.col("row_number").is_in(numbers)),
            rejected=pl.concat([batch.rejected, rejected]),
        )

    def _count(self, entry: Entry, *, is_change: bool) -> None:
        self.months[entry.settle_period] += 1
        key = (entry.income, entry.anchor_id, str(Period.of(entry.date)), entry.settle_period)
        self.money.setdefault(key, EntrySums()).add(int(not is_change), int(is_change), entry.amount_fen)

    def _row(self, layout: SalesFormat, row: dict[str, Any], known: "_Known") -> tuple[EntrySource, Entry | None, str]:
        """The row's source, the entry that it brings if any, and what it is: created, changed, unchanged or stale."""
        amount, income = row["set_gross"] or 0, row["part_key"]
        if (amount > 0) if income == Entry.Income.COMMISSION_COST else (amount < 0):
            raise Refused("wrong_sign")
        key = f"{layout.code}:{row['order_key']}"
        source = known.sources.get(key)
        former = known.entries.get(key, [])
        anchor, on = self._whose(row, known, former)
        if former and (former[0].anchor_id != anchor or former[0].income != income):
            raise Refused("entry_moved")
        if source is None:
            source = EntrySource(key=key, amount_fen=0)
            outcome = "created"
        elif self._is_older(row, source):
            return source, None, "stale"
        else:
            outcome = "unchanged" if amount == source.amount_fen else "changed"
        difference = amount - source.amount_fen
        code = known.code(layout, row["order_key"], len(former))
        source.amount_fen, source.row_number = amount, row["row_number"]
        source.changed_at, source.exported_at = row["changed_at"], self.exported_at
        source.sales_import_id = self.sales_import_id
        if not difference:
            return source, None, outcome
        entry = Entry(
            code=code,
            anchor_id=anchor,
            income=income,
            date=on,
            amount_fen=difference,
            note=row["product_name"] or "",
            settle_period=self._settles(on),
            source=source,
        )
        known.entries[key] = [*former, entry]
        return source, entry, outcome

    def _whose(self, row: dict[str, Any], known: "_Known", former: list[Entry]) -> tuple[int, date]:
        """Anchor and day of a row. A correction has the day of what it corrects."""
        moment = row["settled_at"]
        if former and moment is None:
            return former[0].anchor_id, former[0].date
        on = self.agency.business_date(moment)
        anchor = known.anchor(row["account_key"], on)
        return anchor, former[0].date if former else on

    def _is_older(self, row: dict[str, Any], source: EntrySource) -> bool:
        if row["changed_at"] and source.changed_at and row["changed_at"] != source.changed_at:
            return bool(row["changed_at"] < source.changed_at)
        return self.exported_at < source.exported_at

    def _settles(self, on: date) -> str:
        return str(settling_period(Period.of(on), Period.parse(self.last_closed) if self.last_closed else None))


@dataclass
class _Known:
    """What the agency has that the rows of a batch may be about."""

    sources: dict[str, EntrySource]
    entries: dict[str, list[Entry]]
    anchors: dict[str, int]
    holders: dict[str, list[PlatformAccount]]
    codes: set[str]
    account: str

    @classmethod
    def of(cls, agency: Agency, layout: SalesFormat, rows: pl.DataFrame, account: str) -> "_Known":
        keys = [f"{layout.code}:{key}" for key in rows["order_key"]]
        sources = {source.key: source for source in EntrySource.objects.filter(key__in=keys)}
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in Entry.objects.filter(source__in=list(sources.values())).select_related("source").order_by("pk"):
            entries[entry.source.key].append(entry)
        names = {name for name in [account, *rows["account_key"]] if name}
        anchors: dict[str, int] = {}
        holders: dict[str, list[PlatformAccount]] = defaultdict(list)
        if layout.account_from == "anchor":
            anchors = dict(Anchor.objects.filter(code__in=names).values_list("code", "pk"))
        else:
            for holding in PlatformAccount.objects.filter(platform=layout.platform, account_id__in=names):
                holders[holding.account_id].append(holding)
        wanted = [_code(layout, key) for key in rows["order_key"]]
        codes = set(Entry.objects.filter(code__in=wanted, source__isnull=True).values_list("code", flat=True))
        return cls(sources, dict(entries), anchors, holders, codes, account)

    def anchor(self, named: str | None, on: date) -> int:
        """Whose a row is: the anchor with this code, or who holds the account on that day. Raises Refused."""
        if not self.holders and self.anchors.get(named or ""):
            return self.anchors[named or ""]
        found = [
            holding.anchor_id
            for holding in self.holders.get(self.account or named or "", [])
            if holding.starts_on <= on and (holding.ends_on is None or on < holding.ends_on)
        ]
        if not found:
            raise Refused("unknown_holder" if self.account else "unknown_anchor")
        return found[0]

    def code(self, layout: SalesFormat, key: str, former: int) -> str:
        """The code of the next entry of a row. Raises Refused if somebody typed an entry with it."""
        code = _code(layout, key)
        if code in self.codes:
            raise Refused("code_taken")
        return f"{code}/{former + 1}" if former else code


def _code(layout: SalesFormat, key: str) -> str:
    """The agency's own number as it stands; a platform's with the platform before it."""
    return f"{layout.platform}-{key}" if layout.platform else key
