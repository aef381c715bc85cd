"""What would be left of an income, by how a payee is paid: an estimate by the functions that withhold tax."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee
from mcn.core.errors import RuleError
from mcn.core.money import R
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import PayeeKind, TaxPayer, TaxRecord
from mcn.settlements.engine.tax.sole_traders import table_of
from mcn.settlements.engine.tax.tables import NoTaxTable, built_in_tables
from mcn.settlements.engine.tax.withholding import method_of, withholding, withholding_on_top
from mcn.settlements.inputs import tax_settings
from mcn.settlements.models import Period as SettledMonth
from mcn.settlements.models import Statement
from mcn.tenancy.models import Agency

MONTHS_OF_AVERAGE = 12


@dataclass(frozen=True, slots=True)
class EstimatedMonth:
    """One month of the year: what would be withheld (of pay agreed after tax: what the agency pays on top), and what is
    left; fen."""

    period: Period
    tax: int
    net: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A year of equal months of `income` fen: before tax, or what is agreed to be left (`net_of_tax`).

    `own_tax`: what a sole trader would owe on all of it as profit, which the agency does not withhold; None for others,
    or where the law's table is not known.
    """

    kind: PayeeKind
    income: int
    months: tuple[EstimatedMonth, ...]
    own_tax: int | None
    net_of_tax: bool = False

    @property
    def average(self) -> EstimatedMonth:
        """The mean month."""
        tax = R(Fraction(sum(month.tax for month in self.months), len(self.months)))
        return EstimatedMonth(self.months[0].period, tax, self.income - (0 if self.net_of_tax else tax))

    @property
    def even(self) -> bool:
        """Whether every month is the same."""
        return len({month.tax for month in self.months}) == 1


def estimate(
    *,
    agency: Agency,
    kind: PayeeKind,
    income: int,
    year: int,
    social_insurance: int = 0,
    special_deductions: int = 0,
    net_of_tax: bool = False,
) -> Estimate:
    """Twelve months of `income` fen each, for a payee of this kind (docs/money.md §6).

    Social insurance and special deductions, fen a month, lower an employee's tax base. `net_of_tax`: the income is
    agreed after tax, and the agency bears the tax (§6, 6); of no effect where nothing is withheld. Raises RuleError
    where the law's table of a month is not known, or an amount is below 0.
    """
    if min(income, social_insurance, special_deductions) < 0:
        raise RuleError(_("An amount is not below 0."))
    payer = TaxPayer(kind, "", social_insurance, special_deductions)
    settings, tables = tax_settings(agency), built_in_tables()
    net_of_tax = net_of_tax and method_of(payer, Period(year, 1), settings) is not None
    records: list[TaxRecord] = []
    law: Any = {"payer": payer, "settings": settings, "earlier": records, "tables": tables}
    months = []
    for number in range(1, 13):
        period = Period(year, number)
        try:
            if net_of_tax:
                found = withholding_on_top(net=income, **law, period=period)
            else:
                found = withholding(taxable=income, **law, period=period)
        except NoTaxTable as error:
            raise RuleError(
                _("There is no tax table for %(period)s: %(reason)s."), period=str(period), reason=str(error)
            ) from error
        borne = found.tax if net_of_tax else 0
        if found.method is not None:
            gross = income + borne
            records.append(TaxRecord(period, found.method, gross, found.tax, social_insurance, special_deductions))
        months.append(EstimatedMonth(period, found.tax, income + borne - found.tax))
    own_table = table_of(Period(year, 12).last_day) if kind == Payee.Kind.SOLE_TRADER else None
    own_tax = own_table.tax(income * 12) if own_table else None
    return Estimate(kind, income, tuple(months), own_tax, net_of_tax)


def average_income(payee: Payee) -> int | None:
    """What a payee earned in a month on average, with top-ups, over the last closed months (at most twelve), fen; None
    without any."""
    rows = Statement.objects.filter(payee=payee, period__state=SettledMonth.State.CLOSED).order_by("-period__code")
    amounts = [
        earned + top_up for earned, top_up in rows.values_list("earned_fen", "guarantee_top_up_fen")[:MONTHS_OF_AVERAGE]
    ]
    return R(Fraction(sum(amounts), len(amounts))) if amounts else None
