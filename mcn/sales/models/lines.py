"""Order lines as the platforms report them, and the parts of a line that come from other files."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField
from mcn.core.platforms import Platform
from mcn.sales.models.imports import SalesImport
from mcn.tenancy.models import TenantForeignKey, TenantModel, written_by_sets_only


class OrderLine(TenantModel):
    """One platform line with two independent money triples, estimated and settled (docs/money.md §1).

    Written by `mcn.sales.services` with set-based SQL only. `settled_*` is the state of the order list;
    parts from other files (refund records, phases) are in LinePart. `authority`: that of the format the list's state
    is from (`SalesFormat`); 0 where no list named the line so far. `paid_on` is the business day of `paid_at` by the
    agency's zone and start of the day, which stand once something is imported.
    """

    class Status(models.IntegerChoices):
        UNKNOWN = 0, _("Unknown")
        PAID = 1, _("Paid")
        SHIPPED = 2, _("Shipped")
        RECEIVED = 3, _("Received")
        SETTLED = 4, _("Settled")
        INVALID = 5, _("Invalid")

    class Phases(models.IntegerChoices):
        """Whether commission, fee and holder's part are those of the list or of the phases that are known."""

        NONE = 0, _("The order list counts")
        WAITING = (
            1,
            _("A later phase of the settlement is known, the first is not: until then the order list's amounts count."),
        )
        COUNT = 2, _("The platform settles this order in phases: commission and fee are those of the phases below.")

    agency = written_by_sets_only()
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    order_key = models.CharField(_("order"), max_length=64)
    line_key = models.CharField(_("line"), max_length=64)
    account_key = models.CharField(_("account id"), max_length=120, blank=True)
    account_name = models.CharField(_("account"), max_length=120, blank=True)
    product_id = models.CharField(_("product id"), max_length=64, blank=True)
    product_name = models.CharField(_("product"), max_length=300, blank=True)
    shop_name = models.CharField(_("shop"), max_length=200, blank=True)
    quantity = models.IntegerField(_("quantity"), null=True)
    room_id = models.CharField(_("room id"), max_length=64, blank=True)
    is_live = models.BooleanField(_("from a live session"), null=True)
    status = models.SmallIntegerField(_("status"), choices=Status)
    platform_status = models.CharField(_("platform's status"), max_length=40, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    paid_on = models.DateField(_("business day of the payment"), null=True)
    received_at = models.DateTimeField(_("received"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    changed_at = models.DateTimeField(_("changed by the platform"), null=True)
    exported_at = models.DateTimeField(_("exported"))
    estimated_base_fen = FenField(_("estimated base"), default=0)
    estimated_gross_fen = FenField(_("estimated commission"), default=0)
    estimated_fee_fen = FenField(_("estimated platform fee"), default=0)
    settled_base_fen = FenField(_("settled base"), default=0)
    settled_gross_fen = FenField(_("settled commission"), default=0)
    settled_fee_fen = FenField(_("settled platform fee"), default=0)
    settled_holder_fen = FenField(_("paid to the account holder by the platform"), default=0)
    authority = models.SmallIntegerField(default=1)
    phases = models.SmallIntegerField(_("settled in phases"), choices=Phases, default=Phases.NONE)
    fee_derived = models.BooleanField(_("fee derived from the agency's rate"), default=False)
    flags = models.CharField(_("flags"), max_length=120, blank=True)
    row_hash = models.BigIntegerField()
    sales_import = TenantForeignKey(
        SalesImport,
        on_delete=models.PROTECT,
        related_name="lines",
        verbose_name=_("import"),
        checked=False,
        db_index=False,
    )
    row_number = models.IntegerField(_("row"))

    class Meta(TenantModel.Meta):
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "platform", "order_key", "line_key"], name="order_line_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "paid_on"], name="order_line_day"),
            # Taobao names a line by its sub-order alone (refund lists).
            models.Index(
                fields=["agency", "line_key"], condition=models.Q(platform="taobao"), name="order_line_sub_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_key}/{self.line_key}" if self.line_key != self.order_key else self.order_key


class LinePart(TenantModel):
    """A separately reported part of a line's settled money: a refund record (维权), which comes on top of what the
    list says, or a phase of the settlement (`is_phase`), which takes the place of the list's amounts.
    """

    line = TenantForeignKey(
        OrderLine, on_delete=models.PROTECT, related_name="parts", verbose_name=_("line"), checked=False
    )
    part_key = models.CharField(_("record"), max_length=64)
    is_phase = models.BooleanField(_("phase of the settlement"), default=False)
    platform_status = models.CharField(_("platform's status"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed by the platform"), null=True)
    exported_at = models.DateTimeField(_("exported"))
    base_fen = FenField(_("base"))
    gross_fen = FenField(_("commission"))
    fee_fen = FenField(_("platform fee"))
    holder_fen = FenField(_("paid to the account holder by the platform"), default=0)
    row_hash = models.BigIntegerField()
    sales_import = TenantForeignKey(
        SalesImport, on_delete=models.PROTECT, related_name="parts", verbose_name=_("import")
    )
    row_number = models.IntegerField(_("row"))

    class Meta(TenantModel.Meta):
        verbose_name = _("part of a line")
        verbose_name_plural = _("parts of lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "line", "part_key"], name="line_part_key"),
        ]

    def __str__(self) -> str:
        return self.part_key
