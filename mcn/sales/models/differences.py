"""What an import changes in sales and money, worked out while it is taken in or looked at."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField
from mcn.sales.models.imports import SalesImport
from mcn.tenancy.models import TenantModel, TenantOneToOneField


class ImportDifference(TenantModel):
    """The money difference of one import (docs/money.md §2.1): of a done one what it changed, of a previewed one what
    it would change. Fen.

    The sums are over all lines; that of entries takes penalties off. `accounts`, `events`, `entries` and `anchors` are
    lists of at most a few hundred rows, made by `mcn.sales.services.differences`; what is beyond that is in last rows
    that say of how many they are.
    `payment_months` are those whose orders the accounts' sums before and after are over; `format` says how the file
    was read.
    """

    sales_import = TenantOneToOneField(
        SalesImport, on_delete=models.PROTECT, related_name="difference", verbose_name=_("import")
    )
    made_at = models.DateTimeField(_("worked out"))
    format = models.CharField(_("format"), max_length=40)
    estimated_gross_fen = FenField(_("change of the estimated commission"))
    settled_base_fen = FenField(_("change of the settled base"))
    settled_pool_fen = FenField(_("change of the settled pool"))
    entries_fen = FenField(_("change of other income"), default=0)
    payment_months = models.JSONField(default=list)
    accounts = models.JSONField(default=list)
    events = models.JSONField(default=list)
    entries = models.JSONField(default=list)
    anchors = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        verbose_name = _("difference of an import")
        verbose_name_plural = _("differences of imports")

    def __str__(self) -> str:
        return f"{self.sales_import_id} {self.settled_pool_fen}"

    def entry_corrections(self) -> list[dict[str, Any]]:
        """Of each closed month and kind of income, how many entries and how much money (fen) an open month settles."""
        found: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in self.entries:
            key = closed, settled, income = row["original_period"], row["settle_period"], row["income"]
            if closed != settled:
                empty = {"closed": closed, "settled": settled, "income": income, "count": 0, "amount_fen": 0}
                sums = found.setdefault(key, empty)
                sums["count"] += row["new_entries"] + row["changed_entries"]
                sums["amount_fen"] += row["amount_fen"]
        return list(found.values())
