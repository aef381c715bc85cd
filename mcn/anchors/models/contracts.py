"""Contracts and their immutable versions."""

from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models.people import Anchor, DateRange
from mcn.core.fields import FenField, RateField, rate_in_range
from mcn.tenancy.models import TenantForeignKey, TenantModel, TenantOneToOneField


class Contract(TenantModel):
    """An agreement with an anchor; `starts_on` and `ends_on` are both inclusive, as contracts print them."""

    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("anchor"))
    number = models.CharField(_("contract number"), max_length=60)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to (inclusive)"))
    exclusive = models.BooleanField(_("exclusive"), default=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "number"], name="contract_number"),
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="contract_dates"),
            ExclusionConstraint(
                name="contract_one_at_a_time",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("anchor", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ContractVersion(TenantModel):
    """The terms of a contract from `starts_on` until the next version begins. Never edited once saved.

    A correction is a further version; one with the same `starts_on` supersedes the former, which stays on
    record with `superseded_at`. Splits and overrides of a version are in `mcn.commissions`. With `net_of_tax` the
    pay is what is left after tax, and the agency bears the tax (docs/money.md §6).

    With `tail_days` orders paid so many days after the contract's end are still shared (尾佣, docs/money.md §3.3), at
    `tail_share_rate` of the commission rates or at `tail_rate`. What they are shared by is a version of its own,
    `tail_of` this one: written with it, with its number, and no version of the contract's term.
    """

    class WhenShort(models.TextChoices):
        VOID = "void", _("Guarantee is void")
        PRORATE = "prorate", _("Guarantee by valid days")

    class Tested(models.TextChoices):
        BEFORE_RECOUP = "before_recoup", _("Before advances are recouped")
        AFTER_RECOUP = "after_recoup", _("After advances are recouped")

    contract = TenantForeignKey(Contract, on_delete=models.PROTECT, related_name="versions", verbose_name=_("contract"))
    number = models.PositiveIntegerField(_("version"))
    starts_on = models.DateField(_("in force from"))
    superseded_at = models.DateTimeField(_("superseded"), null=True, blank=True)
    guarantee_fen = FenField(_("guarantee"), null=True, blank=True)
    guarantee_min_days = models.PositiveIntegerField(_("valid days needed"), null=True, blank=True)
    guarantee_min_hours = models.DecimalField(
        _("valid hours needed"), max_digits=6, decimal_places=2, null=True, blank=True
    )
    guarantee_when_short = models.CharField(_("when short"), max_length=8, choices=WhenShort, default=WhenShort.VOID)
    guarantee_tested = models.CharField(_("tested"), max_length=16, choices=Tested, default=Tested.BEFORE_RECOUP)
    guarantee_repay_months = models.PositiveIntegerField(
        _("months of top-ups repaid at an early exit"), null=True, blank=True
    )
    guarantee_repay_rate = RateField(_("part of them that is repaid"), default=1)
    clawback_window_days = models.PositiveIntegerField(_("clawback window in days"), null=True, blank=True)
    net_of_tax = models.BooleanField(_("pay agreed after tax"), default=False)
    tail_days = models.PositiveIntegerField(_("tail commission, days after the end"), null=True, blank=True)
    tail_share_rate = RateField(_("tail commission, part of the rates"), null=True, blank=True)
    tail_rate = RateField(_("tail commission, rate of its own"), null=True, blank=True)
    tail_of = TenantOneToOneField("self", on_delete=models.PROTECT, null=True, related_name="tail", editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("contract version")
        verbose_name_plural = _("contract versions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "contract", "number"],
                condition=models.Q(tail_of__isnull=True),
                name="contract_version_number",
            ),
            models.UniqueConstraint(
                fields=["agency", "contract", "starts_on"],
                condition=models.Q(superseded_at__isnull=True, tail_of__isnull=True),
                name="contract_version_start",
            ),
            models.CheckConstraint(
                condition=models.Q(guarantee_fen__isnull=True) | models.Q(guarantee_fen__gte=0),
                name="contract_version_guarantee",
            ),
            models.CheckConstraint(
                condition=models.Q(tail_days__isnull=True, tail_share_rate__isnull=True, tail_rate__isnull=True)
                | models.Q(
                    models.Q(tail_share_rate__isnull=False, tail_rate__isnull=True)
                    | models.Q(tail_share_rate__isnull=True, tail_rate__isnull=False),
                    tail_days__isnull=False,  # without a number, a comparison alone would not refuse
                    tail_days__gt=0,
                    tail_of__isnull=True,
                ),
                name="contract_version_tail",
            ),
            *rate_in_range("guarantee_repay_rate", "tail_share_rate", "tail_rate"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["superseded_at"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract.number} v{self.number}{' tail' if self.tail_of_id else ''}"
