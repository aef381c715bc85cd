"""What sole traders owe on a year's profit themselves: for information only, no agency withholds it (docs/money.md §6).

So it stands apart from the tables that months are settled by.
"""

import json
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files

from mcn.core.money import R, fen_from_yuan
from mcn.settlements.engine.tax.tables import Bracket


@dataclass(frozen=True, slots=True)
class SoleTraderTable:
    """Brackets of a year's profit, fen, valid on dates [valid_from, valid_until); of the tax on the part up to
    `relief_up_to`, `relief_rate` is waived."""

    code: str
    source: str
    valid_from: date
    valid_until: date
    brackets: tuple[Bracket, ...]
    relief_rate: Fraction
    relief_up_to: int

    def tax(self, profit: int) -> int:
        """Tax on a year's profit after the relief, fen."""
        relief = self._before_relief(min(profit, self.relief_up_to)) * self.relief_rate
        return R(self._before_relief(profit) - relief)

    def _before_relief(self, profit: int) -> Fraction:
        bracket = next(b for b in self.brackets if b.up_to is None or profit <= b.up_to)
        return max(Fraction(0), profit * bracket.rate - bracket.quick)


def table_of(day: date) -> SoleTraderTable | None:
    """The table that is valid on a date; None where it is not known."""
    return next((table for table in _tables() if table.valid_from <= day < table.valid_until), None)


@cache
def _tables() -> tuple[SoleTraderTable, ...]:
    text = files(__package__).joinpath("sole_traders.json").read_text(encoding="utf-8")
    return tuple(
        SoleTraderTable(
            code=entry["code"],
            source=entry["source"],
            valid_from=date.fromisoformat(entry["valid_from"]),
            valid_until=date.fromisoformat(entry["valid_until"]),
            brackets=tuple(
                Bracket(None if up_to is None else fen_from_yuan(up_to), Fraction(rate), fen_from_yuan(quick))
                for up_to, rate, quick in entry["brackets"]
            ),
            relief_rate=Fraction(entry["relief_rate"]),
            relief_up_to=fen_from_yuan(entry["relief_up_to"]),
        )
        for entry in json.loads(text)["tables"]
    )
