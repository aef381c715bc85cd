"""A month of an agency, from open to closed."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models.records import PERIOD
from mcn.core.fields import FenField
from mcn.sales.models import SalesImport
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Period(TenantModel):
    """A calendar month. It exists from the first event dated in it; the database keeps a closed one as it is.

    `input_mark` identifies what the latest calculation read, `lines_changed_by` the latest import that wrote order
    lines on which the month has events; `inputs` are the frozen roster, rules and names
    of a closed period, from which `verify` recomputes it. `content_hash` is over the canonical lines and
    chained to the period before; also over what the period was closed over where `leftovers_hashed` says so (months
    that closed before leftovers were kept are without). `disputable_until` is what payees were promised at closing,
    `logo` the agency's picture then, for the papers of the month.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CALCULATED = "calculated", _("Calculated")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        CLOSED = "closed", _("Closed")

    code = models.CharField(_("month"), max_length=7, validators=[PERIOD])
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    calculated_at = models.DateTimeField(_("calculated"), null=True)
    calculated_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    input_mark = models.CharField(max_length=64, blank=True)
    lines_changed_by = TenantForeignKey(SalesImport, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    first_approved_at = models.DateTimeField(_("approved first"), null=True)
    first_approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("closed"), null=True)
    disputable_until = models.DateField(_("may be disputed until"), null=True)
    accepted_unmatched_fen = FenField(_("unmatched money accepted at closing"), null=True)
    inputs = models.JSONField(null=True)
    content_hash = models.CharField(_("proof"), max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    leftovers_hashed = models.BooleanField(default=False)
    totals = models.JSONField(_("totals"), default=dict)
    logo = models.CharField(max_length=120, blank=True, default="")

    class Meta(TenantModel.Meta):
        verbose_name = _("month")
        verbose_name_plural = _("months")
        ordering = ("-code",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="period_code"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | (~models.Q(approved_by=models.F("submitted_by")) & ~models.Q(approved_by=models.F("calculated_by"))),
                name="period_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(first_approved_by__isnull=True)
                | (
                    ~models.Q(first_approved_by=models.F("submitted_by"))
                    & ~models.Q(first_approved_by=models.F("calculated_by"))
                    & (models.Q(approved_by__isnull=True) | ~models.Q(first_approved_by=models.F("approved_by")))
                ),
                name="period_third_person",
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(
                name="closed_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state="closed"),
            ),
        ]

    def __str__(self) -> str:
        return self.code
