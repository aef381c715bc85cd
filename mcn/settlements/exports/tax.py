"""`tax`: the tax ledger, one row per person and method. Without identity numbers."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.core.exports import Column, Kind, frame_of
from mcn.core.money import decimal_text
from mcn.settlements.exports.base import Export, parameters, sums
from mcn.settlements.models import Period
from mcn.settlements.tax_ledger import PersonMonth, YearSoFar, persons, year_so_far
from mcn.tenancy.models import Agency

COLUMNS = (
    Column("period", _("month"), Kind.CODE),
    Column("payees", _("payees"), width=18),
    Column("legal_name", _("legal name"), width=18),
    Column("method", _("tax method"), Kind.CODE, width=20),
    Column("table", _("tax table"), Kind.CODE, width=24),
    Column("income", _("income of the month"), Kind.AMOUNT, width=16),
    Column("months", _("months counted"), Kind.COUNT),
    Column("span_income", _("income taxed together"), Kind.AMOUNT, width=16),
    Column("costs", _("costs"), Kind.RATE, width=16),
    Column("deductions", _("deductions"), Kind.AMOUNT, width=16),
    Column("base", _("taxable amount"), Kind.RATE, width=16),
    Column("rate", _("tax rate"), Kind.RATE),
    Column("quick_deduction", _("quick deduction"), Kind.AMOUNT, width=16),
    Column("due", _("tax due"), Kind.RATE, width=16),
    Column("withheld_before", _("withheld before"), Kind.AMOUNT, width=16),
    Column("tax", _("tax"), Kind.AMOUNT, width=16),
    Column("year_income", _("income of the year so far"), Kind.AMOUNT, width=16),
    Column("year_tax", _("tax of the year so far"), Kind.AMOUNT, width=16),
    Column("source", _("source of the table"), width=60),
)


def exact_yuan(fen: Fraction | int) -> str:
    """An exact amount in yuan as a decimal: rates of tables are decimals, so there always is one."""
    value = Fraction(fen) / 100
    text = decimal_text(Decimal(value.numerator) / Decimal(value.denominator))
    assert Fraction(text) == value, value
    return text


def frames(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """The rows by the code of the person's first statement."""
    year = year_so_far(period)
    yield frame_of(COLUMNS, [_row(period, row, year[row.person, row.method]) for row in persons(period)])


def _row(period: Period, row: PersonMonth, year: YearSoFar) -> list[Any]:
    how = row.reckoning
    return [
        period.code,
        " ".join(row.codes),
        row.payee.legal_name,
        row.method,
        how.table,
        row.income,
        how.months,
        how.income,
        exact_yuan(row.costs),
        how.deductions,
        exact_yuan(how.base),
        decimal_text(Decimal(how.rate.numerator) / Decimal(how.rate.denominator)),
        how.quick,
        exact_yuan(how.due),
        row.withheld_before,
        row.tax,
        year.income,
        year.tax,
        row.table.source if row.table else "",
    ]


def expected(agency: Agency, period: Period) -> Mapping[str, int]:
    """What the month's statements withheld altogether."""
    sql = """
        select coalesce(sum(tax_fen), 0) as tax from settlements_statement
        where agency_id = %(agency)s and period_id = %(period_id)s
        """
    return sums(sql, parameters(agency, period))


TAX = Export(_("Tax ledger"), COLUMNS, frames, expected)
