"""Which proof packs of a closed month were handed out."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.settlements.models.periods import Period
from mcn.tenancy.models import TenantForeignKey, TenantModel


class ProofPack(TenantModel):
    """The SHA-256 of a month's proof pack: what tells a pack that was handed out from any other.

    The same month gives the same bytes, so there is one row until the agency's name or the product changes.
    """

    append_only = True

    period = TenantForeignKey(Period, on_delete=models.PROTECT, related_name="packs", verbose_name=_("month"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size in bytes"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("proof pack")
        verbose_name_plural = _("proof packs")
        ordering = ("made_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period", "sha256"], name="proof_pack_one"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.period_id} {self.sha256}"
