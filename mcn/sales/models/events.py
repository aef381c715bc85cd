"""Earning events: what changed in settled money, append-only."""

from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField
from mcn.sales.models.imports import SalesImport
from mcn.sales.models.lines import OrderLine
from mcn.tenancy.models import TenantForeignKey, TenantModel, written_by_sets_only


class EarningEvent(TenantModel):
    """A change of a line's settled triple (docs/money.md §2). The database refuses to change or delete it.

    `original_period` is the month of its business date, `settle_period` the month that settles it: the same,
    or the first month after the last closed one if its own was closed when it became known.
    """

    append_only = True

    class Kind(models.TextChoices):
        SETTLED = "settled", _("Settled")
        SUPPLEMENT = "supplement", _("Supplement")
        CLAWBACK = "clawback", _("Clawback")

    agency = written_by_sets_only()
    line = TenantForeignKey(
        OrderLine,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("line"),
        checked=False,
        db_index=False,  # event_line leads with the agency
    )
    part_key = models.CharField(max_length=64, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    occurred_at = models.DateTimeField(_("time"))
    original_period = models.CharField(_("month of the event"), max_length=7)
    settle_period = models.CharField(_("settled in"), max_length=7)
    base_fen = FenField(_("base"))
    gross_fen = FenField(_("commission"))
    fee_fen = FenField(_("platform fee"))
    holder_fen = FenField(_("paid to the account holder by the platform"))
    sales_import = TenantForeignKey(
        SalesImport,
        on_delete=models.PROTECT,
        related_name="events",
        verbose_name=_("import"),
        checked=False,
        db_index=False,
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("earning event")
        verbose_name_plural = _("earning events")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "settle_period", "id"], name="event_period"),
            models.Index(fields=["agency", "line"], name="event_line"),
            models.Index(
                fields=["agency", "settle_period"], name="event_clawback", condition=models.Q(kind="clawback")
            ),  # few among many, and what they take back has to be looked up
            # Costs an import next to nothing, and a day's events are not far from each other.
            BrinIndex(fields=["agency", "occurred_at"], name="event_time", autosummarize=True, pages_per_range=32),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pool_fen}"

    @property
    def pool_fen(self) -> int:
        """What is shared: commission less the platform's fee, in fen."""
        return self.gross_fen - self.fee_fen
