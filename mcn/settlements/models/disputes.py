"""What anchors say to their statements: that they are right, or that they are not."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.anchors.models import Payee
from mcn.core.fields import FenField
from mcn.settlements.models.periods import Period
from mcn.settlements.models.places import PLACE, Attached, OfStatement, one_share_at_most
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Dispute(OfStatement, Attached):
    """An anchor's objection to a share or to a whole statement, from filing to the end (docs/money.md §10).

    `figure_fen` is what the share, or the statement's `earned`, was when it was disputed; `wished_fen` what the anchor
    says it should be. `answer_by` is the last day of the agency's time to answer. `amount_fen` is what was granted.
    """

    class State(models.TextChoices):
        OPEN = "open", _("To be answered")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    figure_fen = FenField(_("disputed amount"))
    wished_fen = FenField(_("wished amount"), null=True)
    reason = models.TextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    filed_at = models.DateTimeField(_("disputed"), default=timezone.now)
    answer_by = models.DateField(_("answer due"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    amount_fen = FenField(_("granted"), null=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    answered_at = models.DateTimeField(_("answered"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    overdue_at = models.DateTimeField(_("marked overdue"), null=True)

    class Meta(OfStatement.Meta):
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ("-filed_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_share_at_most("dispute_one_share"),
            models.CheckConstraint(condition=models.Q(period__isnull=False), name="dispute_period"),
            models.UniqueConstraint(
                fields=["agency", *PLACE],
                condition=models.Q(state="open") | models.Q(state="answered", outcome="accepted"),
                nulls_distinct=False,
                name="dispute_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "withdrawn"], outcome="")
                | models.Q(state__in=["answered", "closed"], outcome__in=["accepted", "rejected"]),
                name="dispute_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="accepted", amount_fen__isnull=False) & ~models.Q(amount_fen=0)
                | (~models.Q(outcome="accepted") & models.Q(amount_fen__isnull=True)),
                name="dispute_granted",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state", "answer_by"], name="dispute_due"),
            models.Index(fields=["agency", "payee", "period"], name="dispute_statement"),
        ]

    def __str__(self) -> str:
        return f"{self.payee} {self.period}"

    @property
    def at_stake_fen(self) -> int:
        """What it is about, in fen: the way to the wished amount, or all of the disputed one."""
        return abs(self.figure_fen if self.wished_fen is None else self.wished_fen - self.figure_fen)


class StatementAnswer(TenantModel):
    """That a payee accepted the statement of a closed month before the time to dispute it was over."""

    period = TenantForeignKey(Period, on_delete=models.PROTECT, related_name="answers", verbose_name=_("month"))
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    accepted_at = models.DateTimeField(_("accepted"), default=timezone.now)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta(TenantModel.Meta):
        verbose_name = _("acceptance of a statement")
        verbose_name_plural = _("acceptances of statements")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["agency", "period", "payee"], name="statement_answer_one"),
        ]

    def __str__(self) -> str:
        return f"{self.payee} {self.period}"
