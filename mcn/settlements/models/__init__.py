"""Periods, their statements and packs, what is said against them, the ledger, what months were closed over."""

from mcn.settlements.models.corrections import Correction
from mcn.settlements.models.disputes import Dispute, StatementAnswer
from mcn.settlements.models.exposure import ExposureMonth, ExposureSum
from mcn.settlements.models.holds import Hold
from mcn.settlements.models.ledger import Account, LedgerEntry, Posting
from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.packs import ProofPack
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement

__all__ = [
    "Account",
    "Correction",
    "Dispute",
    "ExposureMonth",
    "ExposureSum",
    "Hold",
    "LedgerEntry",
    "Leftover",
    "Period",
    "Posting",
    "ProofPack",
    "Recoupment",
    "Statement",
    "StatementAnswer",
]
