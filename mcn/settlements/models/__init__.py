"""Periods, their statements and packs, what is said against them, the ledger, and how what is owed is paid."""

from mcn.settlements.models.bank import BankLine, BankStatement
from mcn.settlements.models.cancellations import PlanCancellation
from mcn.settlements.models.corrections import Correction
from mcn.settlements.models.disputes import Dispute, StatementAnswer
from mcn.settlements.models.exits import Exit, ExitSettlement
from mcn.settlements.models.exposure import ExposureMonth, ExposureSum
from mcn.settlements.models.former import FormerBlock, FormerBucket, FormerCalculation, FormerStatement
from mcn.settlements.models.ghosts import GhostMonth, GhostRule
from mcn.settlements.models.holds import Hold
from mcn.settlements.models.invoices import Invoice, InvoiceMonth
from mcn.settlements.models.ledger import Account, LedgerEntry, Posting
from mcn.settlements.models.leftovers import Leftover
from mcn.settlements.models.packs import ProofPack
from mcn.settlements.models.payouts import PayingAccount, Payout, PayoutBatch
from mcn.settlements.models.periods import Period
from mcn.settlements.models.reports import ReportMonth, ReportRecipient, ReportSum, ScheduledReport
from mcn.settlements.models.statements import Instalment, Recoupment, Statement
from mcn.settlements.models.vouchers import VoucherSettings, VoucherSubject

__all__ = [
    "Account",
    "BankLine",
    "BankStatement",
    "Correction",
    "Dispute",
    "Exit",
    "ExitSettlement",
    "ExposureMonth",
    "ExposureSum",
    "FormerBlock",
    "FormerBucket",
    "FormerCalculation",
    "FormerStatement",
    "GhostMonth",
    "GhostRule",
    "Hold",
    "Instalment",
    "Invoice",
    "InvoiceMonth",
    "LedgerEntry",
    "Leftover",
    "PayingAccount",
    "Payout",
    "PayoutBatch",
    "Period",
    "PlanCancellation",
    "Posting",
    "ProofPack",
    "Recoupment",
    "ReportMonth",
    "ReportRecipient",
    "ReportSum",
    "ScheduledReport",
    "Statement",
    "StatementAnswer",
    "VoucherSettings",
    "VoucherSubject",
]
