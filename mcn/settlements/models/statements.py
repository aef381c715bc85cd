"""The statement of one payee for one month."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Advance, InstalmentPlan, Payee
from mcn.core.fields import FenField
from mcn.settlements.models.periods import Period
from mcn.tenancy.models import TenantForeignKey, TenantModel


class StatementFigures(TenantModel):
    """Lines 1–13 of docs/money.md §5, in fen. `details` holds how tax, guarantee and recoupment came out.

    `tax_borne_fen` follows from the others (§6, 7), so the proof of a month is over it as it is over them.
    """

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Payee.Kind)
    lines = models.BigIntegerField(_("lines"), default=0)
    net_gmv_fen = FenField(_("net GMV"), default=0)
    pool_fen = FenField(_("pool"), default=0)
    commission_share_fen = FenField(_("commission share"), default=0)
    clawback_share_fen = FenField(_("clawback share"), default=0)
    slot_fee_share_fen = FenField(_("slot fee share"), default=0)
    tips_share_fen = FenField(_("tips share"), default=0)
    ads_share_fen = FenField(_("ads share"), default=0)
    override_share_fen = FenField(_("override share"), default=0)
    bonus_fen = FenField(_("bonus"), default=0)
    earned_fen = FenField(_("earned"), default=0)
    guarantee_top_up_fen = FenField(_("guarantee top-up"), default=0)
    penalties_fen = FenField(_("penalties"), default=0)
    paid_by_platform_fen = FenField(_("paid by the platform"), default=0)
    brought_forward_fen = FenField(_("brought forward"), default=0)
    instalments_fen = FenField(_("taken back in instalments"), default=0)
    tax_borne_fen = FenField(_("tax borne by the agency"), default=0)
    taxable_fen = FenField(_("taxable"), default=0)
    tax_fen = FenField(_("tax"), default=0)
    advance_recouped_fen = FenField(_("advances recouped"), default=0)
    net_pay_fen = FenField(_("net pay"), default=0)
    carried_forward_fen = FenField(_("carried forward"), default=0)
    details = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        abstract = True


class Statement(StatementFigures):
    """What one payee gets for one month."""

    period = TenantForeignKey(Period, on_delete=models.PROTECT, related_name="statements", verbose_name=_("month"))
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="statements", verbose_name=_("payee"))

    class Meta(TenantModel.Meta):
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ("code",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period", "payee"], name="statement_one"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.period_id}"


class Recoupment(TenantModel):
    """How much of one advance one statement took back, in fen."""

    statement = TenantForeignKey(
        Statement, on_delete=models.CASCADE, related_name="recoupments", verbose_name=_("statement")
    )
    advance = TenantForeignKey(Advance, on_delete=models.PROTECT, related_name="recoupments", verbose_name=_("advance"))
    amount_fen = FenField(_("amount"))

    class Meta(TenantModel.Meta):
        verbose_name = _("recoupment")
        verbose_name_plural = _("recoupments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "statement", "advance"], name="recoupment_one"),
            models.CheckConstraint(condition=models.Q(amount_fen__gte=0), name="recoupment_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.advance_id} {self.amount_fen}"


class Instalment(TenantModel):
    """How much of one instalment plan one statement took back, in fen."""

    statement = TenantForeignKey(
        Statement, on_delete=models.CASCADE, related_name="instalments", verbose_name=_("statement")
    )
    plan = TenantForeignKey(
        InstalmentPlan, on_delete=models.PROTECT, related_name="instalments", verbose_name=_("instalment plan")
    )
    amount_fen = FenField(_("amount"))

    class Meta(TenantModel.Meta):
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "statement", "plan"], name="instalment_one"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="instalment_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.amount_fen}"
