"""What order lines, and parts of them, said before a newer row took their place. Append-only."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import LinePart, OrderLine
from mcn.tenancy.models import TenantForeignKey, TenantModel, written_by_sets_only

_KEPT = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]


class FormerLine(TenantModel):
    """A former state of an order line: what `sales_import` told of it, up to the import that replaced it.

    Written by set-based SQL, only for lines that change; the columns mean what those of OrderLine mean.
    """

    append_only = True

    agency = written_by_sets_only()
    line = TenantForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="former_states",
        verbose_name=_("line"),
        checked=False,
        db_index=False,  # former_line leads with the agency
    )
    account_key = models.CharField(_("account id"), max_length=120, blank=True)
    account_name = models.CharField(_("account"), max_length=120, blank=True)
    product_id = models.CharField(_("product id"), max_length=64, blank=True)
    room_id = models.CharField(_("room id"), max_length=64, blank=True)
    status = models.SmallIntegerField(_("status"), choices=OrderLine.Status)
    platform_status = models.CharField(_("platform's status"), max_length=40, blank=True)
    paid_at = models.DateTimeField(_("paid"), null=True)
    received_at = models.DateTimeField(_("received"), null=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    changed_at = models.DateTimeField(_("changed by the platform"), null=True)
    exported_at = models.DateTimeField(_("exported"))
    estimated_base_fen = FenField(_("estimated base"))
    estimated_gross_fen = FenField(_("estimated commission"))
    estimated_fee_fen = FenField(_("estimated platform fee"))
    settled_base_fen = FenField(_("settled base"))
    settled_gross_fen = FenField(_("settled commission"))
    settled_fee_fen = FenField(_("settled platform fee"))
    settled_holder_fen = FenField(_("paid to the account holder by the platform"))
    fee_derived = models.BooleanField(_("fee derived from the agency's rate"))
    sales_import = TenantForeignKey(
        SalesImport,
        on_delete=models.PROTECT,
        related_name="former_lines",
        verbose_name=_("import"),
        checked=False,
        db_index=False,
    )
    row_number = models.IntegerField(_("row"))

    class Meta(TenantModel.Meta):
        verbose_name = _("former state of a line")
        verbose_name_plural = _("former states of lines")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["agency", "line"], name="former_line")]
        triggers: ClassVar[list[Any]] = _KEPT

    def __str__(self) -> str:
        return f"{self.line_id} {self.platform_status}"


class FormerPart(TenantModel):
    """A former state of a refund record or phase, as FormerLine is one of a line."""

    append_only = True

    agency = written_by_sets_only()
    part = TenantForeignKey(
        LinePart,
        on_delete=models.PROTECT,
        related_name="former_states",
        verbose_name=_("part of a line"),
        checked=False,
        db_index=False,  # former_part leads with the agency
    )
    platform_status = models.CharField(_("platform's status"), max_length=40, blank=True)
    changed_at = models.DateTimeField(_("changed by the platform"), null=True)
    base_fen = FenField(_("base"))
    gross_fen = FenField(_("commission"))
    fee_fen = FenField(_("platform fee"))
    holder_fen = FenField(_("paid to the account holder by the platform"))
    sales_import = TenantForeignKey(
        SalesImport,
        on_delete=models.PROTECT,
        related_name="former_parts",
        verbose_name=_("import"),
        checked=False,
        db_index=False,
    )
    row_number = models.IntegerField(_("row"))

    class Meta(TenantModel.Meta):
        verbose_name = _("former state of a part of a line")
        verbose_name_plural = _("former states of parts of lines")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["agency", "part"], name="former_part")]
        triggers: ClassVar[list[Any]] = _KEPT

    def __str__(self) -> str:
        return f"{self.part_id} {self.platform_status}"
