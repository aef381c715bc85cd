"""What the calculation of one period is given: complete, explicit, exact, and writable as JSON (`codec`).

Amounts are whole fen, rates and weights exact fractions, moments carry an offset, dates are business dates.
Payees and anchors are named by their codes, everything else by its id. Rules: docs/money.md §2–§4.
"""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from mcn.commissions.engine.tiers import Tiers
from mcn.core.periods import Period

Kind = Literal["settled", "supplement", "clawback"]
Income = Literal["commission", "commission_cost", "slot_fee", "tips", "ads", "bonus", "correction", "penalty"]
UNRULED = frozenset({"bonus", "correction", "penalty"})  # the payee's whole, or deducted whole: no rule splits them
Scope = Literal["none", "platform", "category", "brand", "deal", "sku"]
Basis = Literal["agency_share", "anchor_share", "pool"]
Bearer = Literal["agency", "anchor"]
Role = Literal["anchor", "override"]
Reason = Literal["unknown_account", "no_anchor_on_line", "no_contract", "no_split_rule", "two_sessions", "unknown_sku"]


@dataclass(frozen=True, slots=True)
class Event:
    """One earning event of an order line: by how much its settled money changed (docs/money.md §2).

    `pool` = gross − fee. `holder_change` is the change of what the platform itself paid to the account's
    holder. `settled_on` is the line's settlement date as the platform says it, for lines that were never
    settled here.
    """

    id: int
    line_id: int
    platform: str
    order_key: str
    line_key: str
    kind: Kind
    occurred_at: datetime
    occurred_on: date
    own_period: Period
    paid_on: date | None
    settled_on: date | None
    base: int
    gross: int
    fee: int
    holder_change: int = 0

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"event {self.id} is dated without an offset from UTC")
        if self.kind == "clawback" and self.pool > 0:
            raise ValueError(f"event {self.id} is a clawback that adds {self.pool} fen")

    @property
    def pool(self) -> int:
        """Fen to be shared: gross commission less the platform's fee."""
        return self.gross - self.fee

    @property
    def order(self) -> tuple[datetime, str, str, str, int]:
        """Place in every bucket; texts compare by code point."""
        return (self.occurred_at, self.platform, self.order_key, self.line_key, self.id)


@dataclass(frozen=True, slots=True)
class Host:
    """One anchor who takes part in a line: the contract version and rule that pay it, and its weight in (0,
    1].
    """

    position: int
    anchor: str
    payee: str
    version_id: int
    rule_id: int
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Match:
    """Whose an event is: hosts, or one reason why nobody's (then `detail` names the anchor or account at
    fault).

    `holder_payee` is the payee whom the platform paid itself, where the account is platform-split.
    """

    event_id: int
    hosts: tuple[Host, ...]
    reason: Reason | None = None
    detail: str = ""
    session: str | None = None
    holder_payee: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A split rule of a contract version for one income line: a flat rate, or tiers."""

    id: int
    version_id: int
    income: Income
    scope: Scope = "none"
    scope_value: str = ""
    rate: Fraction | None = None
    tiers: Tiers | None = None

    def __post_init__(self) -> None:
        if (self.rate is None) == (self.tiers is None):
            raise ValueError(f"rule {self.id} needs either a rate or tiers")
        if self.rate is not None and not 0 <= self.rate <= 1:
            raise ValueError(f"rule {self.id} has a rate outside 0 to 1")


@dataclass(frozen=True, slots=True)
class Override:
    """A third party's rate on order events of a contract version, for orders paid in [from_on, until_on)."""

    id: int
    version_id: int
    payee: str
    basis: Basis
    rate: Fraction
    from_on: date | None = None
    until_on: date | None = None
    borne_by: Bearer = "agency"

    def covers(self, paid_on: date | None) -> bool:
        """Whether an order paid on this business date falls into the window; without a date it does not."""
        if paid_on is None:
            return False
        return (self.from_on is None or self.from_on <= paid_on) and (self.until_on is None or paid_on < self.until_on)


@dataclass(frozen=True, slots=True)
class Version:
    """A contract version in force on business dates [from_on, until_on), already cut to its contract's
    term. A superseded one is in force no more, but still rules what was paid by it. A `tail` is in force after the
    contract's end (docs/money.md §3.3).
    """

    id: int
    anchor: str
    number: str
    version: int
    from_on: date
    until_on: date | None
    clawback_window_days: int | None = None
    superseded: bool = False
    tail: bool = False

    def covers(self, day: date) -> bool:
        """Whether the version is in force on a business date."""
        return not self.superseded and self.from_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Entry:
    """Income, cost, bonus, correction or penalty that is no platform order. `amount` in fen as typed: costs are
    negative, corrections have either sign.
    """

    id: int
    code: str
    anchor: str
    payee: str
    income: Income
    on: date
    own_period: Period
    amount: int
    deal: str | None = None


@dataclass(frozen=True, slots=True)
class EntryMatch:
    """The rule that splits an entry, or the reason why none does. Those of `UNRULED` need none."""

    entry_id: int
    version_id: int | None = None
    rule_id: int | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """What one payee in one role and host position has been paid on a line so far, and by which rule last."""

    payee: str
    role: Role
    host: int
    anchor: str
    version_id: int
    rule_id: int
    weight: Fraction
    rate: Fraction
    share: int


@dataclass(frozen=True, slots=True)
class LineHistory:
    """What earlier periods did with a line: its pool and shares so far, and who took part when it last
    settled.

    `settled_here`: a settled or supplement event of it was paid here. `first_settled_on`: business date of
    its first `settled` event here, None where that one is history.
    """

    line_id: int
    pool: int
    settled_here: bool
    first_settled_on: date | None
    hosts: tuple[Host, ...]
    session: str | None
    holder_payee: str | None
    paid: tuple[Paid, ...]


@dataclass(frozen=True, slots=True)
class PeriodInputs:
    """Everything that decides the shares of one period. The order of the tuples means nothing."""

    period: Period
    events: tuple[Event, ...]
    matches: tuple[Match, ...]
    entries: tuple[Entry, ...]
    entry_matches: tuple[EntryMatch, ...]
    versions: tuple[Version, ...]
    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...]
    history: tuple[LineHistory, ...]
