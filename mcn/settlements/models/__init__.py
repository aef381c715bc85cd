"""Periods, their statements, the recoupment of advances, and what months were closed over."""

from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement

__all__ = ["Leftover", "Period", "Recoupment", "Statement"]
