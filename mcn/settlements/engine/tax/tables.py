"""Dated tax tables. The law's numbers live in `rules.json` with their source and validity, never in code."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from mcn.core.money import fen_from_yuan, rate_from_text

TableKind = Literal["labour", "labour_cumulative", "wages", "non_resident"]


class NoTaxTable(LookupError):
    """No table of that kind is valid on that date; tax cannot be calculated."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """A rate that holds up to a taxable amount (fen, inclusive; None on the last), and its quick deduction
    (fen).
    """

    up_to: int | None
    rate: Fraction
    quick: int


@dataclass(frozen=True, slots=True)
class TaxTable:
    """One set of rules, valid on dates [valid_from, valid_until), with the text it comes from.

    Costs: up to an income of `flat_up_to` the flat `flat_cost` comes off, above it `cost_rate` of the income.
    `monthly_deduction` is the basic deduction per month of the cumulative methods. Fen.
    """

    code: str
    kind: TableKind
    source: str
    valid_from: date
    valid_until: date | None
    brackets: tuple[Bracket, ...]
    cost_rate: Fraction
    flat_cost: int
    flat_up_to: int
    monthly_deduction: int

    def base_of_one(self, income: int) -> Fraction:
        """Taxable part of one payment's income, unrounded and never below 0: income less costs."""
        if income <= self.flat_up_to:
            return Fraction(max(0, income - self.flat_cost))
        return income * (1 - self.cost_rate)

    def bracket(self, base: Fraction) -> Bracket:
        """The bracket a taxable amount falls into; bounds belong to the lower one."""
        for bracket in self.brackets:
            if bracket.up_to is None or base <= bracket.up_to:
                return bracket
        raise AssertionError("the last bracket has no bound")

    def tax(self, base: Fraction) -> Fraction:
        """Tax on a taxable amount, unrounded and never below 0."""
        bracket = self.bracket(base)
        return max(Fraction(0), base * bracket.rate - bracket.quick)


def table_on(tables: Iterable[TaxTable], kind: TableKind, day: date) -> TaxTable:
    """The table of a kind that is valid on a date. Raises NoTaxTable, or ValueError when two are."""
    found = [
        table
        for table in tables
        if table.kind == kind and table.valid_from <= day and (table.valid_until is None or day < table.valid_until)
    ]
    if not found:
        raise NoTaxTable(f"no {kind} tax table is valid on {day}")
    if len(found) > 1:
        raise ValueError(f"several {kind} tax tables are valid on {day}: {', '.join(t.code for t in found)}")
    return found[0]


@cache
def built_in_tables() -> tuple[TaxTable, ...]:
    """The tables that come with the product, from `rules.json`."""
    text = files(__package__).joinpath("rules.json").read_text(encoding="utf-8")
    return tuple(_table(entry) for entry in json.loads(text)["tables"])


def _table(entry: dict[str, Any]) -> TaxTable:
    return TaxTable(
        code=entry["code"],
        kind=entry["kind"],
        source=entry["source"],
        valid_from=date.fromisoformat(entry["valid_from"]),
        valid_until=date.fromisoformat(entry["valid_until"]) if entry["valid_until"] else None,
        brackets=tuple(
            Bracket(
                up_to=fen_from_yuan(up_to) if up_to is not None else None,
                rate=_rate(rate),
                quick=fen_from_yuan(quick),
            )
            for up_to, rate, quick in entry["brackets"]
        ),
        cost_rate=_rate(entry.get("cost_rate", "0")),
        flat_cost=fen_from_yuan(entry.get("flat_cost", "0")),
        flat_up_to=fen_from_yuan(entry.get("flat_up_to", "0")),
        monthly_deduction=fen_from_yuan(entry.get("monthly_deduction", "0")),
    )


def _rate(text: str) -> Fraction:
    return Fraction(Decimal(rate_from_text(text)))
