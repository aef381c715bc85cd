"""What the shares of a month gave and what refunds took back, summed for the pages (docs/money.md §1.3)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor
from mcn.core.fields import FenField
from mcn.tenancy.models import TenantForeignKey, TenantModel


class ExposureMonth(TenantModel):
    """That the sums of a month are made, and from which of its calculations: that of `calculated_at`."""

    period = models.CharField(_("month"), max_length=7)
    calculated_at = models.DateTimeField(_("calculated"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("month of refund exposure")
        verbose_name_plural = _("months of refund exposure")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period"], name="exposure_month_one"),
        ]

    def __str__(self) -> str:
        return self.period


class ExposureSum(TenantModel):
    """Sums of the shares that `period` settled, by anchor and category of goods; replaced whole for the period.

    `origin` is the month that the money was first shared out in: for settled money `period` itself, for clawbacks the
    month that first settled their lines, empty where only the agency's history did. Pools are the anchors' weighted
    parts in exact fen. What was taken back is positive. `lines` counts settled lines, one for each host.
    """

    period = models.CharField(_("month"), max_length=7)
    origin = models.CharField(_("first settled in"), max_length=7, blank=True)
    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="+", verbose_name=_("anchor"))
    category = models.CharField(_("category"), max_length=60, blank=True)
    lines = models.BigIntegerField(_("lines"), default=0)
    settled_pool = models.DecimalField(_("settled pool"), max_digits=30, decimal_places=6, default=0)
    settled_share_fen = FenField(_("settled shares"), default=0)
    clawed_pool = models.DecimalField(_("pool taken back"), max_digits=30, decimal_places=6, default=0)
    clawed_share_fen = FenField(_("shares taken back"), default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("sum of refund exposure")
        verbose_name_plural = _("sums of refund exposure")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "period", "origin", "anchor", "category"], name="exposure_sum_one"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "origin", "period"], name="exposure_sum_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.period} {self.anchor_id} {self.category}"
