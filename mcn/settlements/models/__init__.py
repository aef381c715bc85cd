"""Periods, their statements and packs, the ledger, payouts and the bank, leftovers, what refunds may take back."""

from mcn.settlements.models.bank import BankLine, BankStatement
from mcn.settlements.models.exposure import ExposureMonth, ExposureSum
from mcn.settlements.models.ledger import Account, LedgerEntry, Posting
from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.packs import ProofPack
from mcn.settlements.models.payouts import PayingAccount, Payout, PayoutBatch
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement

__all__ = [
    "Account",
    "BankLine",
    "BankStatement",
    "ExposureMonth",
    "ExposureSum",
    "LedgerEntry",
    "Leftover",
    "PayingAccount",
    "Payout",
    "PayoutBatch",
    "Period",
    "Posting",
    "ProofPack",
    "Recoupment",
    "Statement",
]
