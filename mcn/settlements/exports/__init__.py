"""Exports of a month: what there is, and in which formats."""

from mcn.settlements.exports.base import Export
from mcn.settlements.exports.lines import LINES
from mcn.settlements.exports.statements import STATEMENTS
from mcn.settlements.exports.unmatched import UNMATCHED

EXPORTS: dict[str, Export] = {"statements": STATEMENTS, "lines": LINES, "unmatched": UNMATCHED}
FORMATS = ("csv", "xlsx")

__all__ = ["EXPORTS", "FORMATS", "Export"]
