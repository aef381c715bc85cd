"""One platform file that somebody brought in."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.jobs.models import Job
from mcn.tenancy.models import TenantForeignKey, TenantModel


class SalesImport(TenantModel):
    """A file, its hash, how it was read and what it changed. `rows_file` keeps its rows for ten years.

    One that was looked at first (`PREVIEWED`) waits for somebody to take it in or drop it; `counts` and the refused
    rows are then those of the look. `recorded_at` is when its lines and events became known to the agency.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        PREVIEWED = "previewed", _("To be decided")
        DROPPED = "dropped", _("Dropped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    file_name = models.CharField(_("file"), max_length=255)
    stored_path = models.CharField(max_length=255, blank=True)
    rows_file = models.CharField(max_length=255, blank=True)
    rejected_file = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("size in bytes"))
    format = models.CharField(_("format"), max_length=40, blank=True)
    account_id = models.CharField(_("account"), max_length=80, blank=True)
    exported_at = models.DateTimeField(_("exported at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    counts = models.JSONField(_("result"), default=dict)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    job = TenantForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="imports")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    recorded_at = models.DateTimeField(_("recorded"), null=True)
    retain_until = models.DateField(_("kept until"))

    class Meta(TenantModel.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-created_at"], name="sales_import_newest"),
            models.Index(fields=["agency", "sha256"], name="sales_import_hash"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def read_as(self) -> str:
        """Code of the format that the file was read by, be it only to look at it; "" while it was not read."""
        looked_at = getattr(self, "difference", None)
        return self.format or (looked_at.format if looked_at else "")

    @property
    def settling_months(self) -> list[str]:
        """The months that settle the events and entries it brought, or would bring; the earliest first."""
        return sorted(self.counts.get("months", {}))

    @property
    def lines_taken(self) -> int:
        """How many lines of the file the agency has, be they new or known before."""
        return sum(self.counts.get(outcome, 0) for outcome in ("created", "changed", "unchanged", "stale"))

    @property
    def lines_left_out(self) -> int:
        """Rows that are no line of their own: totals, unpaid orders, lines that stand in the file again."""
        return sum(self.counts.get(outcome, 0) for outcome in ("totals", "not_paid", "repeated"))
