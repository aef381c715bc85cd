"""Exits (解约): the sheets that say who owes whom when an anchor leaves, and which of them was settled."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.core.fields import FenField
from mcn.tenancy.models import TenantForeignKey, TenantModel, TenantOneToOneField

_KEPT = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Exit(TenantModel):
    """A sheet for one anchor and last day of the contract, as it was drawn up; a changed one is a further sheet.

    `rows` are the positions that were found (docs/money.md §13) and `total_fen` what they come to: above zero the
    agency owes. `claims` were typed, each with kind, clause, amount and whether the deposit pays it.
    """

    append_only = True

    number = models.BigIntegerField(_("number"))
    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="exits", verbose_name=_("anchor"))
    ends_on = models.DateField(_("last day of the contract"))
    reason = models.TextField(_("reason"))
    claims = models.JSONField(_("claims"), default=list)
    set_off = models.BooleanField(_("deposits repay advances and debts"), default=True)
    rows = models.JSONField(_("positions"), default=list)
    total_fen = FenField(_("total"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("drawn up by"))
    made_at = models.DateTimeField(_("drawn up"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("exit sheet")
        verbose_name_plural = _("exit sheets")
        ordering = ("-number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "number"], name="exit_number"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "anchor"], name="exit_anchor"),
        ]
        triggers: ClassVar[list[Any]] = [_KEPT]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """What people call it, and the beginning of the codes of its entries."""
        return f"EXIT-{self.number:04d}"

    @property
    def is_settled(self) -> bool:
        """Whether it was carried out."""
        return hasattr(self, "settlement")


class ExitSettlement(TenantModel):
    """A sheet that was carried out: by whom, and what was done (`done`, a list of codes with their values)."""

    append_only = True

    sheet = TenantOneToOneField(Exit, on_delete=models.PROTECT, related_name="settlement", verbose_name=_("exit sheet"))
    done = models.JSONField(_("done"), default=list)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("settled by"))
    settled_at = models.DateTimeField(_("settled"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("settled exit")
        verbose_name_plural = _("settled exits")
        triggers: ClassVar[list[Any]] = [_KEPT]

    def __str__(self) -> str:
        return self.sheet.code
