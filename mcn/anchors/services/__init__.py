"""Writes to anchors, payees, accounts, contracts, advances, deposits and attendance."""

from mcn.anchors.services.contracts import contract_save
from mcn.anchors.services.people import account_save, anchor_save, free_until, payee_save
from mcn.anchors.services.records import advance_save, attendance_save, deposit_save, wage_deductions_save

__all__ = [
    "account_save",
    "advance_save",
    "anchor_save",
    "attendance_save",
    "contract_save",
    "deposit_save",
    "free_until",
    "payee_save",
    "wage_deductions_save",
]
