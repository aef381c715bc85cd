"""What the calculation of one period gives: every share with its reckoning, and what each payee's month adds
up to.
"""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mcn.commissions.engine.inputs import EntryMatch, LineHistory, Match, Role
from mcn.core.periods import Period

Source = Literal["event", "entry"]
Column = Literal[
    "commission_share",
    "clawback_share",
    "slot_fee_share",
    "tips_share",
    "ads_share",
    "override_share",
    "bonus",
]
Method = Literal["bucket", "proportion", "rate", "outside_window", "whole"]
COLUMNS: tuple[Column, ...] = (
    "commission_share",
    "clawback_share",
    "slot_fee_share",
    "tips_share",
    "ads_share",
    "override_share",
    "bonus",
)


@dataclass(frozen=True, slots=True)
class ShareLine:
    """One payee's share of one event or entry, in fen, and how it came about.

    `pool` is the whole pool of the event or amount of the entry; `basis` the exact part of it the rate
    applies to: the weighted pool, or an override's base. `rate` is exact and without the weight. `rule_id`
    names a split rule, or the override where `role` is override.

    `method` says what `before` and `after` are, with q = rate × weight, or the override's rate:
    - bucket: running sums of the bucket; share = R(after × q) − R(before × q) − borne;
    - proportion: pool of the line before and after the clawback;
      share = R(paid_before × after / before) − paid_before;
    - rate: the line was never settled here or has no pool left; share = R(change × q);
    - outside_window: days since the line settled, and the contract's clawback window; share = 0;
    - whole: the amount itself.

    `borne` is what the anchor bears of overrides on the event.
    """

    source: Source
    source_id: int
    line_id: int | None
    payee: str
    anchor: str
    role: Role
    host: int
    version_id: int | None
    rule_id: int | None
    weight: Fraction
    pool: int
    basis: Fraction
    rate: Fraction
    share: int
    column: Column
    method: Method
    before: Fraction = Fraction(0)
    after: Fraction = Fraction(0)
    paid_before: int = 0
    borne: int = 0


@dataclass(frozen=True, slots=True)
class RuleRate:
    """The exact rate of a rule in this period; for tiers also the metric it comes from."""

    rule_id: int
    version_id: int
    rate: Fraction
    metric: Fraction | None


@dataclass(frozen=True, slots=True)
class PayeeTotals:
    """One payee's month before guarantee, tax and advances (docs/money.md §5, rows 1–4, 6 and 7). Fen."""

    payee: str
    lines: int = 0
    net_gmv: int = 0
    pool: int = 0
    commission_share: int = 0
    clawback_share: int = 0
    slot_fee_share: int = 0
    tips_share: int = 0
    ads_share: int = 0
    override_share: int = 0
    bonus: int = 0
    penalties: int = 0
    paid_by_platform: int = 0

    @property
    def earned(self) -> int:
        """Sum of the shares: rows 1 to 3."""
        return (
            self.commission_share
            + self.clawback_share
            + self.slot_fee_share
            + self.tips_share
            + self.ads_share
            + self.override_share
            + self.bonus
        )


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """What is left of one event or entry for the agency: its pool less all shares on it. Fen."""

    source: Source
    source_id: int
    pool: int
    share: int


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """Shares in the order of their buckets, totals by payee, what was left unmatched, and the lines' new
    history.
    """

    period: Period
    lines: tuple[ShareLine, ...]
    agency: tuple[AgencyShare, ...]
    totals: tuple[PayeeTotals, ...]
    rates: tuple[RuleRate, ...]
    unmatched: tuple[Match, ...]
    unmatched_entries: tuple[EntryMatch, ...]
    history: tuple[LineHistory, ...]

    def sums(self) -> dict[tuple[str, Column], int]:
        """Σ shares by payee and column, from the lines themselves: what the totals must equal."""
        found: dict[tuple[str, Column], int] = defaultdict(int)
        for line in self.lines:
            found[line.payee, line.column] += line.share
        return dict(found)
