"""Plans of instalments that are cancelled: what is left is forgiven, or due at once."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.accounts.models import User
from mcn.anchors.models import InstalmentPlan
from mcn.core.fields import FenField
from mcn.tenancy.models import TenantForeignKey, TenantModel


class PlanCancellation(TenantModel):
    """That a plan takes nothing from now on, asked for with a reason (docs/money.md §5.7).

    What is left then, `amount_fen`, is forgiven, which a second person decides on, or due in full: it stands in the
    balance that the statement of `back_to` carries forward, or where there is no closed one ("") in the first
    statement's. What is decided never changes.
    """

    class What(models.TextChoices):
        DUE = "due", pgettext_lazy("rest of a debt", "Due in full with the next statement")
        FORGIVEN = "forgiven", pgettext_lazy("rest of a debt", "Forgiven")

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        DONE = "done", _("Plan cancelled")
        REJECTED = "rejected", _("Rejected")

    plan = TenantForeignKey(
        InstalmentPlan, on_delete=models.PROTECT, related_name="cancellations", verbose_name=_("instalment plan")
    )
    what = models.CharField(_("what becomes of the rest"), max_length=10, choices=What)
    reason = models.TextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REQUESTED)
    amount_fen = FenField(_("what was left"), null=True)
    back_to = models.CharField(_("carried forward with"), max_length=7, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by"))
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    refusal = models.TextField(_("why it was rejected"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("cancellation of an instalment plan")
        verbose_name_plural = _("cancellations of instalment plans")
        ordering = ("-pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "plan"], condition=~models.Q(state="rejected"), name="plan_cancellation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["requested", "rejected"], amount_fen__isnull=True, back_to="")
                | models.Q(state="done", amount_fen__gt=0),
                name="plan_cancellation_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(what="due", state="done", decided_by__isnull=True)
                | models.Q(what="forgiven", state="requested", decided_by__isnull=True)
                | (
                    models.Q(what="forgiven", state__in=["done", "rejected"], decided_by__isnull=False, back_to="")
                    & ~models.Q(decided_by=models.F("requested_by"))
                ),
                name="plan_cancellation_second_person",
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decided_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="requested"),
            ),
        ]

    def __str__(self) -> str:
        return self.plan.code
