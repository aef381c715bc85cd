"""Periods, their statements and packs, the ledger, vouchers, what months were closed over, refunds to come."""

from mcn.settlements.models.exposure import ExposureMonth, ExposureSum
from mcn.settlements.models.ledger import Account, LedgerEntry, Posting
from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.packs import ProofPack
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement
from mcn.settlements.models.vouchers import VoucherSettings, VoucherSubject

__all__ = [
    "Account",
    "ExposureMonth",
    "ExposureSum",
    "LedgerEntry",
    "Leftover",
    "Period",
    "Posting",
    "ProofPack",
    "Recoupment",
    "Statement",
    "VoucherSettings",
    "VoucherSubject",
]
