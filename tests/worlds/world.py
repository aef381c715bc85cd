"""What a random agency consists of."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mcn.commissions.engine.inputs import Entry, Event
from mcn.commissions.engine.matching import (
    Line,
    Roster,
)
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import (
    Advance,
    Attendance,
    Guarantee,
    Instalments,
    TaxPayer,
    TaxSettings,
)

ZONE = ZoneInfo("Asia/Shanghai")
HISTORY_MONTH = Period(2026, 5)
MONTHS = (Period(2026, 6), Period(2026, 7), Period(2026, 8))
PLATFORMS = ("douyin", "kuaishou", "taobao", "wechat")
INCOMES = ("slot_fee", "tips", "ads", "bonus", "correction", "penalty", "commission_cost")
BASES = ("agency_share", "anchor_share", "pool")


@dataclass(frozen=True, repr=False)
class World:
    """One agency's whole input.

    `event_period` and `entry_period` say which month settles an event or entry, by its id. An event that is not
    in it lies before `first_period`: history, kept and never paid.
    """

    seed: int
    roster: Roster
    guarantees: dict[int, Guarantee]  # by contract version
    net_of_tax: frozenset[int]  # contract versions
    tail_of: dict[int, int]  # by a contract version that is a tail: the version that it is of
    payers: dict[str, TaxPayer]  # by payee
    lines: dict[int, Line]
    settled_at: dict[int, datetime | None]  # the platform's settlement time, by line
    events: tuple[Event, ...]
    event_period: dict[int, Period]
    entries: tuple[Entry, ...]
    entry_period: dict[int, Period]
    advances: dict[str, tuple[Advance, ...]]  # by payee
    instalments: dict[str, tuple[Instalments, ...]]  # by payee
    attendance: dict[tuple[str, Period], Attendance]
    settings: TaxSettings
    first_period: Period | None

    def __repr__(self) -> str:
        return f"make_world({self.seed})"

    @property
    def periods(self) -> tuple[Period, ...]:
        """The months to settle, in order."""
        return MONTHS if self.first_period else (HISTORY_MONTH, *MONTHS)
