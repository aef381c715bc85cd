"""Other terms that are reckoned beside the real ones, month after month, and never paid (docs/money.md §12)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models.records import PERIOD
from mcn.settlements.models.periods import Period
from mcn.tenancy.models import TenantForeignKey, TenantModel


class GhostRule(TenantModel):
    """A kept scenario (`mcn.settlements.whatif.scenario`, as JSON) that counts from the month `since` on, until it is
    ended."""

    name = models.CharField(_("name"), max_length=80)
    note = models.TextField(_("note"), blank=True)
    since = models.CharField(_("from month"), max_length=7, validators=[PERIOD])
    scenario = models.JSONField(_("scenario"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("ghost rule")
        verbose_name_plural = _("ghost rules")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "name"], name="ghost_rule_name"),
        ]

    def __str__(self) -> str:
        return self.name


class GhostMonth(TenantModel):
    """What a month would have been with a ghost rule, as `replay` tells it, from the calculation of `calculated_at`."""

    ghost = TenantForeignKey(GhostRule, on_delete=models.CASCADE, related_name="months", verbose_name=_("ghost rule"))
    period = TenantForeignKey(Period, on_delete=models.PROTECT, related_name="ghosts", verbose_name=_("month"))
    calculated_at = models.DateTimeField(_("calculated"))
    result = models.JSONField(_("result"))

    class Meta(TenantModel.Meta):
        verbose_name = _("month of a ghost rule")
        verbose_name_plural = _("months of ghost rules")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "ghost", "period"], name="ghost_month_one"),
        ]

    def __str__(self) -> str:
        return f"{self.ghost_id} {self.period_id}"
