"""Payments that are held back."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.core.fields import FenField
from mcn.settlements.models.places import PLACE, OfStatement, one_share_at_most


class Hold(OfStatement):
    """A payee whom nothing is paid, or one share of a closed month that is not paid, until somebody releases it.

    `amount_fen` is the share, in fen and before tax; None where all of the payee is held.
    """

    amount_fen = FenField(_("held amount"), null=True)
    reason = models.TextField(_("reason"))
    held_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("held by"))
    held_at = models.DateTimeField(_("held since"), default=timezone.now)
    released_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("released by")
    )
    released_at = models.DateTimeField(_("released"), null=True)
    release_reason = models.TextField(_("why it was released"), blank=True)

    class Meta(OfStatement.Meta):
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("-held_at",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            one_share_at_most("hold_one_share"),
            models.UniqueConstraint(
                fields=["agency", *PLACE],
                condition=models.Q(released_at__isnull=True),
                nulls_distinct=False,
                name="hold_one_active",
            ),
            models.CheckConstraint(
                condition=models.Q(period__isnull=True, amount_fen__isnull=True)
                | (
                    models.Q(period__isnull=False, amount_fen__gt=0)
                    & (models.Q(event__isnull=False) | models.Q(entry__isnull=False))
                ),
                name="hold_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=True, released_by__isnull=True)
                | models.Q(released_at__isnull=False, released_by__isnull=False),
                name="hold_released",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-held_at"], name="hold_newest"),
        ]

    def __str__(self) -> str:
        return str(self.payee)

    @property
    def is_active(self) -> bool:
        return self.released_at is None
