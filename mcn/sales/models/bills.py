"""What the platform's own bill says of a day of one account."""

from typing import ClassVar, Final

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField
from mcn.core.platforms import Platform
from mcn.tenancy.models import TenantModel


class PlatformBill(TenantModel):
    """One amount of the platform's bill, to be compared with what the agency's files add up to (docs/money.md §1.1).

    `measure` says what the amount is, and so which day it is of: that of the settlement or that of the payment.
    `account_key` is that of the order lines. A bill is corrected by saving it again; one that was wrong altogether
    is withdrawn: kept, and compared with nothing.
    """

    class Measure(models.TextChoices):
        POOL = "pool", _("Commission less platform fee, by day of settlement")
        COMMISSION = "commission", _("Commission, by day of settlement")
        BASE = "base", _("Settled base, by day of settlement")
        GMV = "gmv", _("GMV, by day of payment")
        ESTIMATE = "estimate", _("Estimated commission, by day of payment")

    BY_PAYMENT: Final = frozenset({Measure.GMV, Measure.ESTIMATE})

    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    account_key = models.CharField(_("account"), max_length=120)
    day = models.DateField(_("day"))
    measure = models.CharField(_("what the amount is"), max_length=12, choices=Measure)
    amount_fen = FenField(_("amount"))
    count = models.IntegerField(_("count"), null=True, blank=True, validators=[MinValueValidator(0)])
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("platform's bill of a day")
        verbose_name_plural = _("platforms' bills")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "day", "platform", "account_key", "measure"], name="platform_bill_one"
            ),
            models.CheckConstraint(
                condition=models.Q(count__isnull=True) | models.Q(count__gte=0), name="platform_bill_count"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_platform_display()} {self.account_key}"
