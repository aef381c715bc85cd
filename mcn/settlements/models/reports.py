"""The sums of a month that its report and its page show, and who is told of reports made on schedule."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Membership
from mcn.core.fields import FenField
from mcn.jobs.models import Job
from mcn.tenancy.models import TenantForeignKey, TenantModel


class ReportMonth(TenantModel):
    """That the sums of a month are made, and from which of its calculations: that of `calculated_at`."""

    period = models.CharField(_("month"), max_length=7)
    calculated_at = models.DateTimeField(_("calculated"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("month of reports")
        verbose_name_plural = _("months of reports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period"], name="report_month_one"),
        ]

    def __str__(self) -> str:
        return self.period


class ReportSum(TenantModel):
    """What a month settled, by one of four sorts of key (docs/money.md §14); replaced whole with its month.

    `key` is the code of an anchor, brand or session, or a platform; empty for what belongs to none. `sold` and
    `returned` are the exact base of settled and supplement events, and of clawbacks (positive), `net_gmv_fen` is
    their difference; `pool_fen` is the orders', `other_fen` the amounts of entries, `share_fen` all payees' shares.
    """

    class By(models.TextChoices):
        ANCHOR = "anchor", _("Anchor")
        BRAND = "brand", _("Brand")
        PLATFORM = "platform", _("Platform")
        SESSION = "session", _("Live session")

    month = TenantForeignKey(ReportMonth, on_delete=models.CASCADE, related_name="sums", verbose_name=_("month"))
    by = models.CharField(_("by"), max_length=8, choices=By)
    key = models.CharField(_("code"), max_length=60, blank=True)
    lines = models.BigIntegerField(_("lines"), default=0)
    sold = models.DecimalField(_("GMV settled"), max_digits=30, decimal_places=6, default=0)
    returned = models.DecimalField(_("GMV taken back"), max_digits=30, decimal_places=6, default=0)
    net_gmv_fen = FenField(_("net GMV"), default=0)
    pool_fen = FenField(_("pool"), default=0)
    other_fen = FenField(_("other income and costs"), default=0)
    share_fen = FenField(_("payees' shares"), default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("sum of a report")
        verbose_name_plural = _("sums of reports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "month", "by", "key"], name="report_sum_one"),
        ]

    def __str__(self) -> str:
        return f"{self.month_id} {self.by} {self.key}"

    @property
    def agency_share_fen(self) -> int:
        """What stays with the agency: pool and other income less all shares, fen."""
        return self.pool_fen + self.other_fen - self.share_fen

    @property
    def refund_rate(self) -> Decimal | None:
        """GMV taken back in the month ÷ GMV settled in it, to four places; None where nothing was settled."""
        return (self.returned / self.sold).quantize(Decimal("0.0001")) if self.sold > 0 else None


class ReportRecipient(TenantModel):
    """A member who is mailed a link to every report that is made on schedule."""

    member = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+", verbose_name=_("member"))

    class Meta(TenantModel.Meta):
        verbose_name = _("recipient of reports")
        verbose_name_plural = _("recipients of reports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "member"], name="report_recipient_one"),
        ]

    def __str__(self) -> str:
        return str(self.member_id)


class ScheduledReport(TenantModel):
    """That the schedule ordered the report of a month, `job` being its last order; `mailed_at`: its link was mailed."""

    period = models.CharField(_("month"), max_length=7)
    job = TenantForeignKey(Job, on_delete=models.PROTECT, related_name="+", verbose_name=_("job"))
    ordered_at = models.DateTimeField(_("ordered"), default=timezone.now)
    mailed_at = models.DateTimeField(_("mailed"), null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("scheduled report")
        verbose_name_plural = _("scheduled reports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period"], name="scheduled_report_once"),
        ]

    def __str__(self) -> str:
        return self.period
