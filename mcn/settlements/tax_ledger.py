"""The tax ledger: what was withheld from one person in one month, and how it came about (docs/money.md §6.1).

Nothing is reckoned here. Every figure is one that a statement keeps; the statements of one person add up.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import F, Sum

from mcn.anchors.models import Payee
from mcn.commissions.engine.codec import from_json
from mcn.settlements.engine.inputs import TaxRecord
from mcn.settlements.engine.tax.tables import TaxTable, built_in_tables
from mcn.settlements.engine.tax.withholding import Withholding
from mcn.settlements.models import Account, LedgerEntry, Period, Posting, Statement


@dataclass(frozen=True)
class Part:
    """What one statement adds to a person's month: its reckoning, and the deductions it was reckoned with (fen)."""

    statement: Statement
    payee: Payee
    withholding: Withholding
    social_insurance: int
    special_deductions: int

    @property
    def income(self) -> int:
        """Income of this statement before tax, fen."""
        return self.statement.taxable_fen

    @property
    def tax(self) -> int:
        """Tax withheld by this statement, fen."""
        return self.statement.tax_fen


@dataclass(frozen=True)
class PersonMonth:
    """One person's month under one method. `parts` are the statements in the order they were taxed in, that of codes.

    `reckoning` is that of the last one: it holds the whole span, which is the month per payment and the year so far
    for the cumulative methods. `table` is None where the table is not known any more.
    """

    person: str
    parts: tuple[Part, ...]
    table: TaxTable | None

    @property
    def reckoning(self) -> Withholding:
        return self.parts[-1].withholding

    @property
    def method(self) -> str:
        return str(self.reckoning.method)

    @property
    def payee(self) -> Payee:
        """The first payee of the person: the one that files name."""
        return self.parts[0].payee

    @property
    def codes(self) -> list[str]:
        return [part.statement.code for part in self.parts]

    @property
    def income(self) -> int:
        """Income of the month, fen."""
        return sum(part.income for part in self.parts)

    @property
    def tax(self) -> int:
        """Tax withheld in the month, fen."""
        return sum(part.tax for part in self.parts)

    @property
    def costs(self) -> Fraction:
        """What the method takes off the span's income as costs, exact fen: income less deductions less base."""
        return self.reckoning.income - self.reckoning.deductions - self.reckoning.base

    @property
    def withheld_before(self) -> int:
        """Withheld in the span before this month's first statement, fen."""
        return self.parts[0].withholding.withheld_before

    @property
    def deductions_of_month(self) -> tuple[int, int]:
        """Social insurance and special deductions of the month, fen: those of its last statement, counted once."""
        return self.parts[-1].social_insurance, self.parts[-1].special_deductions


@dataclass(frozen=True)
class YearSoFar:
    """What a person earned and had withheld from January to a month under one method, fen."""

    income: int
    tax: int


@dataclass(frozen=True)
class Agreement:
    """The month's tax in three places, fen. `posted` is None where the month is not in the books."""

    ledger: int
    statements: int
    posted: int | None

    @property
    def agrees(self) -> bool:
        return self.ledger == self.statements and self.posted in (None, self.ledger)


def persons(period: Period) -> list[PersonMonth]:
    """Everybody from whom the law has the agency withhold, by the code of the first statement.

    Somebody with labour pay and wages stands twice: they are different income with a reckoning each. Sole traders
    and companies are not in it.
    """
    tables = {table.code: table for table in _tables(period)}
    grouped: dict[tuple[str, str], list[Part]] = defaultdict(list)
    rows = Statement.objects.filter(period=period).select_related("payee")
    for statement in sorted(rows, key=lambda row: row.code):  # by code point, as the calculation takes them
        part = _part(statement)
        if part is not None:
            grouped[statement.details["person"], str(part.withholding.method)].append(part)
    return [
        PersonMonth(person, tuple(parts), tables.get(parts[-1].withholding.table or ""))
        for (person, _method), parts in grouped.items()
    ]


def person_of(statement: Statement) -> PersonMonth | None:
    """The person's month that a statement is part of; None where nothing is withheld by law."""
    found = (row for row in persons(statement.period) if statement in [part.statement for part in row.parts])
    return next(found, None)


def year_so_far(period: Period) -> dict[tuple[str, str], YearSoFar]:
    """Sums of the year until this month, it included, by person and method."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    rows = Statement.objects.filter(period__code__gte=f"{period.code[:4]}-01", period__code__lte=period.code)
    for person, method, income, tax in rows.values_list(
        "details__person", "details__withholding__method", "taxable_fen", "tax_fen"
    ):
        if method is not None:
            sums[person, method][0] += income
            sums[person, method][1] += tax
    return {key: YearSoFar(*found) for key, found in sums.items()}


def months_of(person: PersonMonth, period: Period) -> list[tuple[Period, PersonMonth]]:
    """The person's months of the year until this one under the same method, oldest first."""
    months = Period.objects.defer("inputs").filter(code__gte=f"{period.code[:4]}-01", code__lte=period.code)
    return [
        (month, row)
        for month in months.filter(statements__details__person=person.person).distinct().order_by("code")
        for row in persons(month)
        if (row.person, row.method) == (person.person, person.method)
    ]


def agreement(period: Period, rows: Iterable[PersonMonth]) -> Agreement:
    """Whether the ledger's tax is that of the month's statements, and that of tax payable in the books."""
    statements = Statement.objects.filter(period=period).aggregate(tax=Sum("tax_fen"))["tax"] or 0
    posted = None
    if Posting.objects.filter(kind=Posting.Kind.MONTH, period=period).exists():
        entries = LedgerEntry.objects.filter(
            posting__kind=Posting.Kind.MONTH, posting__period=period, account=Account.TAX_PAYABLE
        )
        posted = entries.aggregate(tax=Sum(F("credit_fen") - F("debit_fen")))["tax"] or 0
    return Agreement(sum(row.tax for row in rows), statements, posted)


def _part(statement: Statement) -> Part | None:
    kept = statement.details.get("withholding")
    if not kept or kept["method"] is None:
        return None
    record = from_json(TaxRecord, statement.details["tax_record"])
    return Part(
        statement,
        statement.payee,
        from_json(Withholding, kept),
        record.social_insurance,
        record.special_deductions,
    )


def _tables(period: Period) -> tuple[TaxTable, ...]:
    """The tables that the month was reckoned with: of a closed month those that were frozen."""
    frozen = Period.objects.filter(pk=period.pk).values_list("inputs__tax_tables", flat=True).first()
    return from_json(tuple[TaxTable, ...], frozen) if frozen else built_in_tables()  # type: ignore[arg-type]
