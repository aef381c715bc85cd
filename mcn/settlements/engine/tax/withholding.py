"""Tax to withhold from one statement (docs/money.md §6). Fen; nothing is rounded before the tax itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mcn.core.money import R
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import GapMonths, TaxMethod, TaxPayer, TaxRecord, TaxSettings
from mcn.settlements.engine.tax.tables import TaxTable, table_on


@dataclass(frozen=True, slots=True)
class Withholding:
    """Tax of one statement and the reckoning behind it, to be shown and kept.

    `income`, `base` and `due` are those of the whole month (per payment) or of the year so far (cumulative
    methods), `withheld_before` what was withheld in that span already. `months` and `deductions` belong to
    the cumulative methods. `method` and `table` are None where nothing is withheld by the agency.
    """

    tax: int
    method: TaxMethod | None = None
    table: str | None = None
    income: int = 0
    deductions: int = 0
    months: int = 0
    base: Fraction = Fraction(0)
    rate: Fraction = Fraction(0)
    quick: int = 0
    due: Fraction = Fraction(0)
    withheld_before: int = 0


def method_of(payer: TaxPayer, period: Period, settings: TaxSettings) -> TaxMethod | None:
    """How a payee's income of a period is taxed; None for sole traders and companies, who tax themselves."""
    if payer.kind == "employee":
        return "wages"
    if payer.kind == "non_resident":
        return "non_resident"
    if payer.kind != "labour":
        return None
    since = settings.cumulative_from
    return "cumulative_platform" if since is not None and since <= period else "per_payment"


def withholding(
    *,
    period: Period,
    taxable: int,
    payer: TaxPayer,
    settings: TaxSettings,
    earlier: Sequence[TaxRecord],
    tables: Sequence[TaxTable],
) -> Withholding:
    """Tax to withhold from `taxable` fen of one statement, given the person's earlier records of the year.

    Never more than `taxable`. Raises NoTaxTable when the law's table for the period's last day is missing, so
    also for the cumulative labour method before the date it exists.
    """
    method = method_of(payer, period, settings)
    if method is None:
        return Withholding(tax=0)
    mine = [record for record in earlier if record.method == method and record.period <= period]
    if method == "per_payment":
        table = table_on(tables, "labour", period.last_day)
        return labour_per_payment(table, period, taxable, mine)
    if method == "non_resident":
        table = table_on(tables, "non_resident", period.last_day)
        return labour_per_payment(table, period, taxable, mine, method)
    if method == "cumulative_platform":
        # valid on the first day: a month is not split between two methods
        table = table_on(tables, "labour_cumulative", period.start)
        return labour_cumulative(table, period, taxable, mine, settings.labour_gap_months)
    return wages(table_on(tables, "wages", period.last_day), period, taxable, payer, mine)


def labour_per_payment(
    table: TaxTable,
    period: Period,
    taxable: int,
    earlier: Sequence[TaxRecord] = (),
    method: TaxMethod = "per_payment",
) -> Withholding:
    """Labour remuneration: all of a calendar month is one payment; due on the month to date less withheld.

    Non-residents likewise, by their own table: nothing cumulates over months.
    """
    month = [record for record in earlier if record.period == period]
    income = taxable + sum(record.income for record in month)
    base = table.base_of_one(income)
    return _due(table, method, taxable, income, base, month)


def labour_cumulative(
    table: TaxTable,
    period: Period,
    taxable: int,
    earlier: Sequence[TaxRecord] = (),
    gap_months: GapMonths = "reset",
) -> Withholding:
    """Labour remuneration by the cumulative method of platform enterprises.

    The basic deduction counts the months of the year with labour pay, up to now. After months without, the
    count starts again with the income and tax after the gap (`reset`), leaves them out (`income_months`), or
    counts every month since the first (`calendar`).
    """
    year = [record for record in earlier if record.period.year == period.year]
    paid = {record.period for record in year if record.income > 0 and record.period < period}
    if gap_months == "reset":
        first = period
        while first.previous in paid:
            first = first.previous
        months = period.month - first.month + 1
        year = [record for record in year if record.period >= first]
    elif gap_months == "income_months":
        months = len(paid) + 1
    else:
        months = period.month - min(paid, default=period).month + 1
    income = taxable + sum(record.income for record in year)
    deductions = months * table.monthly_deduction
    base = income * (1 - table.cost_rate) - deductions
    return _due(table, "cumulative_platform", taxable, income, base, year, months, deductions)


def wages(
    table: TaxTable, period: Period, taxable: int, payer: TaxPayer, earlier: Sequence[TaxRecord] = ()
) -> Withholding:
    """Wages by the cumulative method: months from the later of January and the start of employment.

    Each month deducts the basic amount and the social insurance and special deductions that month was
    reckoned with; the current month, and months without a statement, those of the payee's record now.
    """
    first = Period(period.year, 1)
    if payer.employed_from is not None:
        first = max(first, min(Period.of(payer.employed_from), period))
    year = [record for record in earlier if first <= record.period]
    months = period.month - first.month + 1
    own = {
        record.period: record.social_insurance + record.special_deductions for record in year if record.period < period
    }
    now = payer.social_insurance + payer.special_deductions
    deductions = months * table.monthly_deduction + sum(own.values()) + (months - len(own)) * now
    income = taxable + sum(record.income for record in year)
    base = Fraction(income - deductions)
    return _due(table, "wages", taxable, income, base, year, months, deductions)


def _due(
    table: TaxTable,
    method: TaxMethod,
    taxable: int,
    income: int,
    base: Fraction,
    records: Sequence[TaxRecord],
    months: int = 0,
    deductions: int = 0,
) -> Withholding:
    """Due on the span less what was withheld in it; a negative result withholds 0 and is not paid back."""
    due = table.tax(base)
    before = sum(record.withheld for record in records)
    bracket = table.bracket(base)
    return Withholding(
        tax=min(max(0, R(due) - before), taxable),
        method=method,
        table=table.code,
        income=income,
        deductions=deductions,
        months=months,
        base=base,
        rate=bracket.rate,
        quick=bracket.quick,
        due=due,
        withheld_before=before,
    )


def withholding_on_top(
    *,
    period: Period,
    net: int,
    payer: TaxPayer,
    settings: TaxSettings,
    earlier: Sequence[TaxRecord],
    tables: Sequence[TaxTable],
) -> Withholding:
    """Tax of pay that is agreed after tax: what the agency pays on top of `net` fen, so that exactly `net` is left.

    The income that the tax is of is net + tax. With what the person took in and had withheld in the span before,
    the net of all of it is agreed, and the table is inverted for that (docs/money.md §6, 7); nothing is paid on top
    of nothing. Raises as `withholding` does.
    """
    alone = withholding(period=period, taxable=net, payer=payer, settings=settings, earlier=earlier, tables=tables)
    if not net or alone.due <= alone.withheld_before:
        return alone
    table = next(table for table in tables if table.code == alone.table)
    before = alone.income - net
    gross, _tax = gross_up(table, net + before - alone.withheld_before, alone.deductions)
    return withholding(
        period=period, taxable=gross - before, payer=payer, settings=settings, earlier=earlier, tables=tables
    )


def gross_up(table: TaxTable, net: int, deductions: int = 0) -> tuple[int, int]:
    """Gross pay and tax (fen) of what is agreed net of tax, where the payer bears the tax.

    Inverts the table band by band: income − tax is linear in each, so gross = (net − b) / a, rounded once. Where
    several gross amounts leave the same net, it is the one nearest to that. `deductions` are those of a cumulative
    method. Law: the rules of `rules.json`; the inverse is algebra.
    """
    for low, high, slope, constant in _bands(table, deductions):
        gross = (net - constant) / slope
        if gross <= low:
            gross = low  # the nets between two bands belong to the lower end of the next
        if high is None or gross <= high:
            rounded = R(gross)
            return rounded, rounded - net
    raise AssertionError("the last band has no bound")


def _bands(table: TaxTable, deductions: int) -> list[tuple[Fraction, Fraction | None, Fraction, Fraction]]:
    """Bands of income (low, high] in which net = slope × income + constant."""
    bands: list[tuple[Fraction, Fraction | None, Fraction, Fraction]] = []
    low = Fraction(0)

    def add(high: Fraction | None, slope: Fraction, constant: Fraction) -> None:
        nonlocal low
        if high is None or high > low:
            bands.append((low, high, slope, constant))
            low = high if high is not None else low

    kept = 1 - table.cost_rate
    add(Fraction(table.flat_cost), Fraction(1), Fraction(0))
    for bracket in table.brackets:
        ceiling = Fraction(table.flat_up_to)
        if bracket.up_to is not None:
            ceiling = min(ceiling, Fraction(bracket.up_to + table.flat_cost))
        add(ceiling, 1 - bracket.rate, table.flat_cost * bracket.rate + bracket.quick)
    add(deductions / kept, Fraction(1), Fraction(0))
    for bracket in table.brackets:
        high = None if bracket.up_to is None else (bracket.up_to + deductions) / kept
        add(high, 1 - kept * bracket.rate, deductions * bracket.rate + bracket.quick)
    return bands
