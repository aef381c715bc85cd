"""Periods, statements, packs, the ledger, invoices, what months were closed over, what refunds may take back."""

from mcn.settlements.models.exposure import ExposureMonth, ExposureSum
from mcn.settlements.models.invoices import Invoice, InvoiceMonth
from mcn.settlements.models.ledger import Account, LedgerEntry, Posting
from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.packs import ProofPack
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import Recoupment, Statement

__all__ = [
    "Account",
    "ExposureMonth",
    "ExposureSum",
    "Invoice",
    "InvoiceMonth",
    "LedgerEntry",
    "Leftover",
    "Period",
    "Posting",
    "ProofPack",
    "Recoupment",
    "Statement",
]
