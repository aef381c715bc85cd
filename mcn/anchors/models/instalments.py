"""Debts of payees that were agreed to be taken back in instalments (分期抵扣)."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.accounts.models import User
from mcn.anchors.models.people import Payee
from mcn.anchors.models.records import MONTH, PERIOD
from mcn.core.fields import FenField, RateField, rate_in_range
from mcn.tenancy.models import TenantForeignKey, TenantModel


class InstalmentPlan(TenantModel):
    """What one payee owes the agency, and how much of it a month takes back before tax (docs/money.md §5.7).

    The debt itself never changes. A month takes at most `instalment_fen`, at most `most_rate` of what is earned, and
    nothing before `first_month`; these three may be agreed anew. `carried_from` is the month whose balance below zero
    was taken over, for that kind of debt.
    """

    class Kind(models.TextChoices):
        CARRIED = "carried", pgettext_lazy("debt", "Money carried forward below zero")
        GUARANTEE = "guarantee", pgettext_lazy("debt", "Guarantee not earned")
        PENALTY = "penalty", pgettext_lazy("debt", "Penalty")

    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="instalment_plans", verbose_name=_("payee"))
    code = models.CharField(_("code"), max_length=40)
    kind = models.CharField(_("what is owed"), max_length=10, choices=Kind)
    amount_fen = FenField(_("amount"))
    carried_from = models.CharField(_("carried forward from"), max_length=7, blank=True, validators=[PERIOD])
    agreed_on = models.DateField(_("agreed on"))
    reason = models.TextField(_("reason and clause"))
    instalment_fen = FenField(_("at most a month"))
    most_rate = RateField(_("at most of what is earned"), default=1)
    first_month = models.CharField(_("first month"), max_length=7, validators=[PERIOD])
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("instalment plan")
        verbose_name_plural = _("instalment plans")
        ordering = ("first_month", "code")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "payee", "code"], name="instalment_plan_code"),
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0, instalment_fen__gt=0), name="instalment_plan_amounts"
            ),
            models.CheckConstraint(condition=models.Q(first_month__regex=MONTH), name="instalment_plan_first_month"),
            models.CheckConstraint(
                condition=models.Q(kind="carried", carried_from__regex=MONTH)
                | models.Q(kind__in=["guarantee", "penalty"], carried_from=""),
                name="instalment_plan_carried_from",
            ),
            *rate_in_range("most_rate"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="debt_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["instalment_fen", "most_rate", "first_month"]),
            ),
        ]

    def __str__(self) -> str:
        return self.code
