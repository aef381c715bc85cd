"""What a correction, a dispute or a hold speaks of: a payee's statement of a month, or one share in it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee
from mcn.commissions.models import Override
from mcn.sales.models import EarningEvent, Entry
from mcn.settlements.models.periods import Period
from mcn.tenancy.models import TenantForeignKey, TenantModel

PLACE = ("payee", "period", "event", "entry", "host", "override")


class OfStatement(TenantModel):
    """Names a payee, and with `period` the statement, and with `event` or `entry` one share in it.

    Statements and shares of an open month are replaced by every calculation, so none of them is referred to itself:
    a share is the payee's share of an event (or entry) in the place `host`, by a rule or by `override`. `event` has no
    constraint in the database: one would cost the largest table of all a further index.
    """

    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="+", verbose_name=_("payee"))
    period = TenantForeignKey(Period, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("month"))
    event = TenantForeignKey(
        EarningEvent, on_delete=models.PROTECT, null=True, related_name="+", checked=False, db_index=False
    )
    entry = TenantForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("entry"))
    host = models.SmallIntegerField(_("host"), default=0)
    override = TenantForeignKey(
        Override, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("override")
    )

    class Meta(TenantModel.Meta):
        abstract = True

    @property
    def is_of_share(self) -> bool:
        """Whether it speaks of one share; else of the whole statement, or of the payee."""
        return self.event_id is not None or self.entry_id is not None


class Attached(models.Model):
    """A record with at most one file: `file` is its name among the agency's files, `file_name` the sender's."""

    file = models.CharField(max_length=120, blank=True)
    file_name = models.CharField(_("file"), max_length=255, blank=True)

    class Meta:
        abstract = True


def one_share_at_most(name: str) -> models.CheckConstraint:
    """A share is of an event or of an entry, and of a month."""
    none = models.Q(event__isnull=True, entry__isnull=True)
    one = models.Q(event__isnull=False, entry__isnull=True) | models.Q(event__isnull=True, entry__isnull=False)
    return models.CheckConstraint(condition=none | (one & models.Q(period__isnull=False)), name=name)
