"""Deposits (保证金, 押金): money of a payee that the agency holds until it is given back or set off."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.accounts.models import User
from mcn.anchors.models.instalments import InstalmentPlan
from mcn.anchors.models.people import Payee
from mcn.anchors.models.records import Advance
from mcn.core.fields import FenField
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Deposit(TenantModel):
    """What one payee leaves with the agency for one purpose. How much it is follows from its moves alone."""

    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="deposits", verbose_name=_("payee"))
    code = models.CharField(_("code"), max_length=40)
    purpose = models.CharField(_("purpose"), max_length=120)

    class Meta(TenantModel.Meta):
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "payee", "code"], name="deposit_code"),
        ]

    def __str__(self) -> str:
        return self.code


class DepositMove(TenantModel):
    """One change of a deposit, in fen, never changed afterwards: received adds to it, every other kind takes from it.

    `set_off` repays a part of `advance`, or of the debt that `plan` takes back; `kept` settles a claim of the agency
    that `note` states with its clause. What is `released` is payable to the payee from then on.
    """

    append_only = True

    class Kind(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("deposit", "Received")
        RELEASED = "released", pgettext_lazy("deposit", "Given back with the next payout")
        GIVEN_BACK = "given_back", pgettext_lazy("deposit", "Given back outside of payouts")
        SET_OFF = "set_off", pgettext_lazy("deposit", "Set off against an advance or a debt")
        KEPT = "kept", pgettext_lazy("deposit", "Kept for a claim")

    deposit = TenantForeignKey(Deposit, on_delete=models.PROTECT, related_name="moves", verbose_name=_("deposit"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    amount_fen = FenField(_("amount"))
    dated_on = models.DateField(_("date"))
    advance = TenantForeignKey(
        Advance, on_delete=models.PROTECT, null=True, related_name="set_off", verbose_name=_("advance")
    )
    plan = TenantForeignKey(
        InstalmentPlan, on_delete=models.PROTECT, null=True, related_name="set_off", verbose_name=_("instalment plan")
    )
    note = models.TextField(_("note"), blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("move of a deposit")
        verbose_name_plural = _("moves of deposits")
        ordering = ("dated_on", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="deposit_move_amount"),
            models.CheckConstraint(
                condition=models.Q(kind="set_off", advance__isnull=False, plan__isnull=True)
                | models.Q(kind="set_off", advance__isnull=True, plan__isnull=False)
                | models.Q(
                    kind__in=["received", "released", "given_back", "kept"], advance__isnull=True, plan__isnull=True
                ),
                name="deposit_move_advance",
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.deposit.code} {self.dated_on}"

    @property
    def change_fen(self) -> int:
        """What it does to the deposit: above zero when it was received."""
        return self.amount_fen if self.kind == self.Kind.RECEIVED else -self.amount_fen
