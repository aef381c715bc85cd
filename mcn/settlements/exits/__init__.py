"""An anchor leaves (解约): who owes whom, first as a sheet, then for real (docs/money.md §13.2)."""

from mcn.settlements.exits.services import draw_up, settle

__all__ = ["draw_up", "settle"]
