"""What the former calculation of an open month said, so that people see what the newest one changed.

One former calculation per month; it is replaced whenever the month is calculated from other data, and goes when the
month closes. Set-based SQL writes all of it (`mcn.settlements.former.keeping`).
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Payee
from mcn.commissions.models import BucketFigures
from mcn.settlements.models.periods import Period
from mcn.settlements.models.statements import StatementFigures
from mcn.tenancy.models import TenantForeignKey, TenantModel, TenantOneToOneField


class FormerCalculation(TenantModel):
    """The calculation before the one that stands. `totals` as those of the month, fen."""

    period = TenantOneToOneField(Period, on_delete=models.CASCADE, related_name="former", verbose_name=_("month"))
    calculated_at = models.DateTimeField(_("calculated"))
    calculated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    totals = models.JSONField(_("totals"), default=dict)

    class Meta(TenantModel.Meta):
        verbose_name = _("former calculation")
        verbose_name_plural = _("former calculations")

    def __str__(self) -> str:
        return f"{self.period_id} {self.calculated_at}"


class FormerStatement(StatementFigures):
    """What a payee's statement said then."""

    calculation = TenantForeignKey(FormerCalculation, on_delete=models.CASCADE, related_name="statements")
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))

    class Meta(TenantModel.Meta):
        verbose_name = _("former statement")
        verbose_name_plural = _("former statements")
        ordering = ("code",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "calculation", "payee"], name="former_statement_one"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.calculation_id}"


class FormerBucket(BucketFigures):
    """A bucket of then, with the id that it had."""

    calculation = TenantForeignKey(FormerCalculation, on_delete=models.CASCADE, related_name="buckets")
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("anchor"))

    class Meta(TenantModel.Meta):
        verbose_name = _("former bucket")
        verbose_name_plural = _("former buckets")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "calculation", "payee"], name="former_bucket_payee"),
        ]

    def __str__(self) -> str:
        return f"{self.calculation_id} {self.payee_id} {self.kind}"


class FormerBlock(TenantModel):
    """The shares of a former bucket, packed as in `ShareBlock`: of each the event or entry, and the amount in fen."""

    bucket = TenantForeignKey(FormerBucket, on_delete=models.CASCADE, related_name="blocks")
    events = ArrayField(models.BigIntegerField(null=True))
    entries = ArrayField(models.BigIntegerField(null=True))
    shares = ArrayField(models.BigIntegerField())

    class Meta(TenantModel.Meta):
        verbose_name = _("block of former shares")
        verbose_name_plural = _("blocks of former shares")

    def __str__(self) -> str:
        return f"{self.bucket_id}/{self.pk}"
