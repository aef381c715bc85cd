"""Periods, their statements, and the recoupment of advances."""

from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement

__all__ = ["Period", "Recoupment", "Statement"]
