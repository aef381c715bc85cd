"""What was done about unmatched money, by whom."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.core.fields import FenField
from mcn.jobs.models import Job
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Mending(TenantModel):
    """A cause of unmatched money that a member mended. `answer` is what was entered, as text of records;
    `job` is the match that followed, whose result says what became of the lines. Rows are never changed.
    """

    append_only = True

    reason = models.CharField(_("reason"), max_length=20)
    cause = models.CharField(_("cause"), max_length=200)
    answer = models.CharField(_("entered"), max_length=200, blank=True)
    lines = models.BigIntegerField(_("lines that waited"))
    pool_fen = FenField(_("pool that waited"))
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    job = TenantForeignKey(Job, on_delete=models.PROTECT, related_name="mendings", verbose_name=_("job"))
    created_at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("mending")
        verbose_name_plural = _("mendings")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-created_at"], name="mending_newest"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.cause}"
