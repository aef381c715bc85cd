"""Advances paid to payees, the attendance that guarantees depend on, and what lowers the tax base of employees."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models.people import Anchor, Payee
from mcn.core.fields import FenField, RateField, rate_in_range
from mcn.tenancy.models import TenantForeignKey, TenantModel

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
PERIOD = RegexValidator(MONTH)


class Advance(TenantModel):
    """Money paid to a payee before it was earned; recouped from pay, at most `recoup_rate` of what is earned.

    Where they are agreed, a month recoups at most `instalment_fen`, and none before `recoup_from`.
    """

    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="advances", verbose_name=_("payee"))
    code = models.CharField(_("code"), max_length=40)
    amount_fen = FenField(_("amount"))
    paid_on = models.DateField(_("paid on"))
    recoup_rate = RateField(_("recouped at most"))
    taxed_when_paid = models.BooleanField(_("taxed when paid"), default=False)
    instalment_fen = FenField(_("instalment a month"), null=True, blank=True)
    recoup_from = models.CharField(_("first month recouped"), max_length=7, blank=True, validators=[PERIOD])

    class Meta(TenantModel.Meta):
        verbose_name = _("advance")
        verbose_name_plural = _("advances")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "payee", "code"], name="advance_code"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="advance_amount"),
            models.CheckConstraint(
                condition=models.Q(instalment_fen__isnull=True) | models.Q(instalment_fen__gt=0),
                name="advance_instalment",
            ),
            models.CheckConstraint(
                condition=models.Q(recoup_from="") | models.Q(recoup_from__regex=MONTH), name="advance_recoup_from"
            ),
            *rate_in_range("recoup_rate"),
        ]

    def __str__(self) -> str:
        return self.code


class Attendance(TenantModel):
    """Valid days and hours an anchor streamed in a month, as counted by operations."""

    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="attendance", verbose_name=_("anchor"))
    period = models.CharField(_("month"), max_length=7, validators=[PERIOD])
    valid_days = models.PositiveIntegerField(_("valid days"))
    valid_hours = models.DecimalField(_("valid hours"), max_digits=6, decimal_places=2)

    class Meta(TenantModel.Meta):
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "anchor", "period"], name="attendance_one"),
            models.CheckConstraint(
                condition=models.Q(period__regex=MONTH, valid_days__lte=31, valid_hours__gte=0),
                name="attendance_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.anchor.code} {self.period}"


class WageDeductions(TenantModel):
    """What lowers an employee's tax base in a month, by its parts: own social insurance and housing fund, and special
    deductions. Fen. Without a row for a month, the two sums of the payee count (docs/money.md §6, 3).
    """

    SOCIAL: ClassVar = ("pension_fen", "medical_fen", "unemployment_fen", "housing_fund_fen")
    SPECIAL: ClassVar = ("children_fen", "education_fen", "mortgage_fen", "rent_fen", "elderly_fen")
    PARTS: ClassVar = (*SOCIAL, *SPECIAL)

    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="wage_deductions", verbose_name=_("payee"))
    period = models.CharField(_("month"), max_length=7, validators=[PERIOD])
    pension_fen = FenField(_("pension insurance"), default=0)
    medical_fen = FenField(_("medical insurance"), default=0)
    unemployment_fen = FenField(_("unemployment insurance"), default=0)
    housing_fund_fen = FenField(_("housing fund"), default=0)
    children_fen = FenField(_("children's education"), default=0)
    education_fen = FenField(_("continuing education"), default=0)
    mortgage_fen = FenField(_("interest on a housing loan"), default=0)
    rent_fen = FenField(_("housing rent"), default=0)
    elderly_fen = FenField(_("support of the elderly"), default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("deductions from wages of a month")
        verbose_name_plural = _("deductions from wages")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "payee", "period"], name="wage_deductions_one"),
            models.CheckConstraint(
                condition=models.Q(
                    period__regex=MONTH,
                    pension_fen__gte=0,
                    medical_fen__gte=0,
                    unemployment_fen__gte=0,
                    housing_fund_fen__gte=0,
                    children_fen__gte=0,
                    education_fen__gte=0,
                    mortgage_fen__gte=0,
                    rent_fen__gte=0,
                    elderly_fen__gte=0,
                ),
                name="wage_deductions_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payee.code} {self.period}"

    @property
    def social_insurance_fen(self) -> int:
        """Social insurance and housing fund of the month, fen."""
        return sum(getattr(self, name) for name in self.SOCIAL)

    @property
    def special_deductions_fen(self) -> int:
        """Special deductions of the month, fen."""
        return sum(getattr(self, name) for name in self.SPECIAL)
