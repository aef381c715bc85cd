"""Anchors and payees; contracts and their versions; advances, deposits, instalment plans and attendance."""

from mcn.anchors.models.contracts import Contract, ContractVersion
from mcn.anchors.models.deposits import Deposit, DepositMove
from mcn.anchors.models.documents import DOCUMENT_PARTS, Document, Sex
from mcn.anchors.models.instalments import InstalmentPlan
from mcn.anchors.models.people import Anchor, Payee, PlatformAccount
from mcn.anchors.models.records import Advance, Attendance, WageDeductions

__all__ = [
    "DOCUMENT_PARTS",
    "Advance",
    "Anchor",
    "Attendance",
    "Contract",
    "ContractVersion",
    "Deposit",
    "DepositMove",
    "Document",
    "InstalmentPlan",
    "Payee",
    "PlatformAccount",
    "Sex",
    "WageDeductions",
]
