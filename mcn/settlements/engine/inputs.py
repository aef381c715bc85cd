"""What the statements of one period are given: complete, explicit, exact, and writable as JSON.

Amounts are whole fen, rates exact fractions. Rules: docs/money.md §5, §6.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from mcn.commissions.engine.inputs import Version
from mcn.commissions.engine.results import PayeeTotals
from mcn.core.money import R
from mcn.core.periods import Period
from mcn.settlements.engine.tax.tables import TaxTable

PayeeKind = Literal["labour", "non_resident", "employee", "sole_trader", "company"]
WhenShort = Literal["void", "prorate"]
Tested = Literal["before_recoup", "after_recoup"]
GapMonths = Literal["reset", "income_months", "calendar"]
TaxMethod = Literal["per_payment", "cumulative_platform", "wages", "non_resident"]


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A month's guaranteed earnings and the attendance that it asks for; None or 0 asks for nothing."""

    amount: int
    min_days: int | None = None
    min_hours: Decimal | None = None
    when_short: WhenShort = "void"
    tested: Tested = "before_recoup"


@dataclass(frozen=True, slots=True)
class Attendance:
    """Valid days and hours of one payee in the period. Without a record both are 0."""

    valid_days: int = 0
    valid_hours: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Advance:
    """Money paid ahead and what of it is still to be recouped at the start of the period.

    No period takes back more than `instalment`, and none before `recoup_from`, where they are agreed.
    """

    code: str
    paid_on: date
    outstanding: int
    recoup_rate: Fraction
    taxed_when_paid: bool = False
    instalment: int | None = None
    recoup_from: Period | None = None

    def __post_init__(self) -> None:
        if self.outstanding < 0 or not 0 <= self.recoup_rate <= 1:
            raise ValueError(f"advance {self.code} has less than nothing outstanding or a rate outside 0 to 1")
        if self.instalment is not None and self.instalment <= 0:
            raise ValueError(f"advance {self.code} has an instalment that is not above nothing")

    def is_due(self, period: Period) -> bool:
        """Whether the period takes something back: the money is paid by its end, and its first month has come."""
        return self.paid_on < period.end and (self.recoup_from is None or self.recoup_from <= period)

    def cap(self, earned: int) -> int:
        """The most that a period takes back of it, fen: min(outstanding, R(rate × earned), instalment) (§5.3)."""
        cap = min(self.outstanding, R(self.recoup_rate * max(earned, 0)))
        return cap if self.instalment is None else min(cap, self.instalment)


@dataclass(frozen=True, slots=True)
class Instalments:
    """A debt that is taken back in instalments, and what of it is left at the start of the period.

    A period takes at most `instalment` and at most `most_rate` of what is earned, and nothing before `first_month`.
    """

    code: str
    left: int
    instalment: int
    most_rate: Fraction
    first_month: Period

    def __post_init__(self) -> None:
        if self.left < 0 or self.instalment <= 0 or not 0 <= self.most_rate <= 1:
            raise ValueError(f"instalments {self.code} leave less than nothing, take nothing or more than is earned")

    def cap(self, period: Period, earned: int) -> int:
        """The most that a period takes back of it, fen: min(left, instalment, R(rate × earned)) (§5.7)."""
        if period < self.first_month:
            return 0
        return min(self.left, self.instalment, R(self.most_rate * max(earned, 0)))


@dataclass(frozen=True, slots=True)
class TaxRecord:
    """What one earlier statement of a person took in and had withheld; the deductions are those of its
    month.
    """

    period: Period
    method: TaxMethod
    income: int
    withheld: int
    social_insurance: int = 0
    special_deductions: int = 0


@dataclass(frozen=True, slots=True)
class TaxPayer:
    """How a payee is taxed. `person` joins the payees who are one person in law; by default a payee is its
    own. `kind` is that of the payee; labour pay of a non-resident has one of its own.

    `social_insurance` and `special_deductions` are fen per month and lower only an employee's tax base.
    """

    kind: PayeeKind
    person: str
    social_insurance: int = 0
    special_deductions: int = 0
    employed_from: date | None = None


@dataclass(frozen=True, slots=True)
class TaxSettings:
    """The agency's choices: the first month of the cumulative method for labour (None: never), and its gap
    months.
    """

    cumulative_from: Period | None = None
    labour_gap_months: GapMonths = "reset"


@dataclass(frozen=True, slots=True)
class PayeeInputs:
    """One payee's month: totals of the commissions, and everything that stands between them and the net pay.

    `guarantee` is the one that counts for the period (`guarantee_version`). `brought_forward` ≤ 0 is the
    balance carried from earlier statements. `net_of_tax`: the pay is agreed after tax, which the agency bears.
    """

    payee: str
    name: str
    taxpayer: TaxPayer
    has_contract: bool
    totals: PayeeTotals
    guarantee: Guarantee | None = None
    attendance: Attendance = Attendance()
    advances: tuple[Advance, ...] = ()
    brought_forward: int = 0
    instalments: tuple[Instalments, ...] = ()
    net_of_tax: bool = False

    def __post_init__(self) -> None:
        if self.brought_forward > 0:
            raise ValueError(f"{self.payee} brings forward {self.brought_forward} fen; only debts are carried")
        if self.totals.payee != self.payee:
            raise ValueError(f"totals of {self.totals.payee} given for {self.payee}")


@dataclass(frozen=True, slots=True)
class PersonHistory:
    """Earlier tax records of one person: the calendar year so far, and other agencies' none."""

    person: str
    records: tuple[TaxRecord, ...]


@dataclass(frozen=True, slots=True)
class SettlementInputs:
    """Everything that decides the statements of one period. The order of the tuples means nothing."""

    period: Period
    payees: tuple[PayeeInputs, ...]
    tax_history: tuple[PersonHistory, ...]
    settings: TaxSettings
    tax_tables: tuple[TaxTable, ...]


def guarantee_version(versions: tuple[Version, ...], period: Period) -> Version | None:
    """Contract version of one anchor whose guarantee counts for a period (docs/money.md §5.2), and whose word on
    who bears the tax (§6).

    The one in force on the period's last day, else the last one in force in the period; None when none was. The tail of
    a contract that ended counts only where no other version was in force.
    """

    def rank(version: Version) -> tuple[bool, date, date, str, int]:
        until = min(version.until_on or period.end, period.end)
        return (not version.tail, until, version.from_on, version.number, version.version)

    inside = [
        version
        for version in versions
        if not version.superseded
        and version.from_on < period.end
        and (version.until_on is None or (version.until_on > period.start and version.until_on > version.from_on))
    ]
    return max(inside, key=rank, default=None)
