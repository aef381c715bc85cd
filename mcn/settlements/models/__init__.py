"""Periods, their statements and packs, the ledger, what months were closed over, refund exposure, ghost rules."""

from mcn.settlements.models.exposure import ExposureMonth, ExposureSum
from mcn.settlements.models.ghosts import GhostMonth, GhostRule
from mcn.settlements.models.ledger import Account, LedgerEntry, Posting
from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.packs import ProofPack
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement

__all__ = [
    "Account",
    "ExposureMonth",
    "ExposureSum",
    "GhostMonth",
    "GhostRule",
    "LedgerEntry",
    "Leftover",
    "Period",
    "Posting",
    "ProofPack",
    "Recoupment",
    "Statement",
]
