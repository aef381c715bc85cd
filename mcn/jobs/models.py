"""The Job row: the truth about a piece of long work; the broker only carries a message about it."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.core import formats
from mcn.tenancy.models import TenantModel


class Job(TenantModel):
    """One piece of long work of one agency. `subject` names what it works on: one at a time may run on it."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (State.QUEUED, State.RUNNING)

    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=80, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("of"), default=0)
    message = models.CharField(_("doing"), max_length=200, blank=True)
    counts = models.JSONField(_("result"), default=dict)
    error = models.JSONField(_("error"), null=True)
    result_file = models.CharField(_("result file"), max_length=255, blank=True)
    result_name = models.CharField(_("file name"), max_length=120, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "kind", "subject"],
                condition=models.Q(state__in=["queued", "running"]) & ~models.Q(subject=""),
                name="job_one_at_a_time",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-created_at"], name="job_newest"),
            models.Index(
                fields=["agency", "state"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def percent(self) -> int:
        """Progress in whole percent, 0 while the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else 0

    def error_text(self) -> str:
        """The error in the reader's language."""
        return _sentence(self.error) if self.error else ""


def _sentence(error: dict[str, Any]) -> str:
    """Message template and parameters as text."""
    if not error["message"]:
        return ""
    params = {key: _parameter(value) for key, value in error.get("params", {}).items()}
    return str(_(error["message"])) % params if params else str(_(error["message"]))


def _parameter(value: Any) -> Any:
    """What fills a template: a text or number, such a pair itself, or a list of these."""
    if isinstance(value, list):
        return formats.listed(_parameter(item) for item in value)
    return _sentence(value) if isinstance(value, dict) else value
