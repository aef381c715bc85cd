"""Corrections: what a statement got wrong is put right by an amount of a later one, if a second person agrees."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.core.fields import FenField
from mcn.sales.models import Entry
from mcn.settlements.models.disputes import Dispute
from mcn.settlements.models.places import Attached, OfStatement, one_share_at_most
from mcn.tenancy.models import TenantForeignKey, TenantOneToOneField


class Correction(OfStatement, Attached):
    """An amount of either sign for a payee, asked for by one person and decided on by another (docs/money.md §4.8).

    The statement or share that it names, if any, is what it puts right. Approved, it has made the entry `made`, which
    the month of that entry pays. `dispute` is the one that it came from.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    number = models.BigIntegerField(_("number"))
    amount_fen = FenField(_("amount"))
    reason = models.TextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    refusal = models.TextField(_("why it was rejected"), blank=True)
    made = TenantOneToOneField(
        Entry, on_delete=models.PROTECT, null=True, related_name="correction", verbose_name=_("entry")
    )
    dispute = TenantForeignKey(
        Dispute, on_delete=models.PROTECT, null=True, related_name="corrections", verbose_name=_("dispute")
    )

    class Meta(OfStatement.Meta):
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_share_at_most("correction_one_share"),
            models.UniqueConstraint(fields=["agency", "number"], name="correction_number"),
            models.UniqueConstraint(
                fields=["agency", "dispute"], condition=~models.Q(state="rejected"), name="correction_of_dispute"
            ),
            models.CheckConstraint(condition=~models.Q(amount_fen=0), name="correction_amount"),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("requested_by")),
                name="correction_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state="requested", decided_by__isnull=True, made__isnull=True)
                | models.Q(state="approved", decided_by__isnull=False, made__isnull=False)
                | models.Q(state="rejected", decided_by__isnull=False, made__isnull=True),
                name="correction_decided",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state"], name="correction_state"),
            models.Index(fields=["agency", "payee", "period"], name="correction_statement"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """What people call it, and the code of its entry."""
        return f"COR-{self.number:05d}"
