"""Stored sums per day and account, so that dashboards never read order lines."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField
from mcn.core.platforms import Platform
from mcn.tenancy.models import TenantModel


class DailySales(TenantModel):
    """Sums of the lines paid on one business day on one account; kept up to date by every import.

    `open_*` are those of the lines that the order list calls neither settled nor invalid.
    """

    day = models.DateField(_("day"))
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    account_key = models.CharField(_("account"), max_length=120, blank=True)
    lines = models.BigIntegerField(_("lines"))
    invalid_lines = models.BigIntegerField(_("refunded or invalid lines"))
    gmv_fen = FenField(_("GMV"))
    estimated_gross_fen = FenField(_("estimated commission"))
    settled_base_fen = FenField(_("settled base"))
    settled_pool_fen = FenField(_("settled pool"))
    open_lines = models.BigIntegerField(_("lines not settled yet"), default=0)
    open_estimate_fen = FenField(_("estimate not settled yet"), default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("sales of a day")
        verbose_name_plural = _("sales by day")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "day", "platform", "account_key"], name="daily_sales_one"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.platform} {self.account_key}"


class DailySettled(TenantModel):
    """Sums of the earning events dated on one business day, of the lines of one account.

    What DailySales is for the day of the payment, this is for the day on which settled money came or went. Every
    import keeps it up to date; where a later file gives a line to another account, its events follow.
    """

    day = models.DateField(_("day"))
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    account_key = models.CharField(_("account"), max_length=120, blank=True)
    settled_events = models.BigIntegerField(_("settlements"))
    supplement_events = models.BigIntegerField(_("supplements"))
    clawback_events = models.BigIntegerField(_("clawbacks"))
    base_fen = FenField(_("base"))
    gross_fen = FenField(_("commission"))
    fee_fen = FenField(_("platform fee"))
    holder_fen = FenField(_("paid to the account holder by the platform"))

    class Meta(TenantModel.Meta):
        verbose_name = _("settled money of a day")
        verbose_name_plural = _("settled money by day")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "day", "platform", "account_key"], name="daily_settled_one"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.platform} {self.account_key}"


class SettlementLag(TenantModel):
    """How many lines that were first settled in a month had been paid so many days before, by platform.

    What is open is expected by it (docs/money.md §1.2). Every import keeps it up to date.
    """

    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    settled_month = models.CharField(_("month of the settlement"), max_length=7)
    days = models.IntegerField(_("days from payment to settlement"))
    lines = models.BigIntegerField(_("lines"))

    class Meta(TenantModel.Meta):
        verbose_name = _("days until settlement")
        verbose_name_plural = _("days until settlement")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "platform", "settled_month", "days"], name="settlement_lag_one"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.settled_month} {self.days}"
