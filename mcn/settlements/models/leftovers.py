"""What a month was closed over: money that belonged to nobody then."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.commissions.models import Unmatched
from mcn.core.fields import FenField
from mcn.sales.models import EarningEvent, Entry
from mcn.tenancy.models import TenantForeignKey, TenantModel, written_by_sets_only


class Leftover(TenantModel):
    """An event or entry that was unmatched when its month closed (docs/money.md §8.2).

    The queue of unmatched money goes on without it: there a later month settles what was left over. This row stays
    as it was accepted, whatever happens to the order line, the roster or the queue; so it repeats the platform's
    keys. `reason` is empty where it was not kept (months closed before leftovers were).
    """

    append_only = True

    agency = written_by_sets_only()
    period = models.CharField(_("month"), max_length=7)
    event = TenantForeignKey(
        EarningEvent, on_delete=models.PROTECT, null=True, related_name="+", checked=False, db_index=False
    )
    entry = TenantForeignKey(
        Entry, on_delete=models.PROTECT, null=True, related_name="+", checked=False, db_index=False
    )
    platform = models.CharField(_("platform"), max_length=16, blank=True)
    order_key = models.CharField(_("order"), max_length=64)
    line_key = models.CharField(_("line"), max_length=64, blank=True)
    kind = models.CharField(_("event"), max_length=16)
    occurred_at = models.DateTimeField(_("time"))
    reason = models.CharField(_("reason"), max_length=20, choices=Unmatched.Reason, blank=True)
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    pool_fen = FenField(_("pool"))

    class Meta(TenantModel.Meta):
        verbose_name = _("money left over at closing")
        verbose_name_plural = _("money left over at closing")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "event"], name="leftover_event"),
            models.UniqueConstraint(fields=["agency", "entry"], name="leftover_entry"),
            models.CheckConstraint(
                condition=models.Q(event__isnull=False, entry__isnull=True)
                | models.Q(event__isnull=True, entry__isnull=False),
                name="leftover_one_source",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "period"], name="leftover_period"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.reason} {self.pool_fen}"
