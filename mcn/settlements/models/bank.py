"""What the bank says was paid and what came back: statements brought in as files, line by line."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.core.encryption import EncryptedTextField
from mcn.core.fields import FenField
from mcn.settlements.models.payouts import PayingAccount, Payout
from mcn.tenancy.models import TenantForeignKey, TenantModel


class BankStatement(TenantModel):
    """One file of an account's bank. The same file a second time brings nothing."""

    account = TenantForeignKey(
        PayingAccount, on_delete=models.PROTECT, related_name="bank_statements", verbose_name=_("paying account")
    )
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("brought in"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name


class BankLine(TenantModel):
    """One line of an account: money that left (`amount_fen` > 0) or came in (< 0).

    `key` tells lines apart: the bank's own number of it, else what the line says and its place among equal ones; so
    statements that overlap bring each line once. `payout` is what a person has said it pays or returns.
    """

    statement = TenantForeignKey(
        BankStatement, on_delete=models.PROTECT, related_name="lines", verbose_name=_("bank statement")
    )
    account = TenantForeignKey(
        PayingAccount, on_delete=models.PROTECT, related_name="bank_lines", verbose_name=_("paying account")
    )
    row_number = models.PositiveIntegerField(_("row"))
    key = models.CharField(_("number"), max_length=80)
    booked_on = models.DateField(_("booked on"))
    amount_fen = FenField(_("amount"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    number = EncryptedTextField(_("account number"), blank=True, default="")
    text = models.CharField(_("text"), max_length=300, blank=True)
    payout = TenantForeignKey(
        Payout, on_delete=models.PROTECT, null=True, related_name="bank_lines", verbose_name=_("payout")
    )

    class Meta(TenantModel.Meta):
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        ordering = ("-booked_on", "-pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "account", "key"], name="bank_line_key"),
            models.CheckConstraint(condition=~models.Q(amount_fen=0), name="bank_line_amount"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "account", "booked_on"], name="bank_line_day"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_fen}"
