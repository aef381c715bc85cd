"""What a calculation wrote: buckets, their lines, and what could not be attributed.

All of a period's rows are replaced by every calculation while the period is open. Once it is closed the
database refuses any change (`frozen` in `mcn.settlements.models.periods`).
"""

from collections.abc import Iterable
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor, ContractVersion, Payee
from mcn.commissions.models.rules import Override, SplitRule
from mcn.core.fields import FenField
from mcn.sales.models import EarningEvent, Entry
from mcn.tenancy.models import TenantForeignKey, TenantManager, TenantModel, written_by_sets_only


class BucketFigures(TenantModel):
    """How a bucket was made and what it came to, in fen.

    `rate_numerator / rate_denominator` is the exact q = effective rate × weight. `kind` tells how the lines
    of the bucket were made; `column` is the statement line that its sum lands in.
    """

    class Kind(models.TextChoices):
        SHARE = "share", _("Share")
        OVERRIDE = "override", _("Override")
        CLAWBACK = "clawback", _("Taken back in proportion")
        HISTORY_CLAWBACK = "history_clawback", _("Taken back by the rule in force at payment")
        OUTSIDE_WINDOW = "outside_window", _("After the clawback window: stays with the agency")
        WHOLE = "whole", _("Whole to the payee")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    column = models.CharField(_("statement line"), max_length=20)
    version = TenantForeignKey(ContractVersion, on_delete=models.PROTECT, null=True, related_name="+")
    rule = TenantForeignKey(SplitRule, on_delete=models.PROTECT, null=True, related_name="+")
    override = TenantForeignKey(Override, on_delete=models.PROTECT, null=True, related_name="+")
    weight = models.DecimalField(_("weight"), max_digits=7, decimal_places=6, default=1)
    rate_numerator = models.DecimalField(max_digits=60, decimal_places=0, null=True)
    rate_denominator = models.DecimalField(max_digits=60, decimal_places=0, null=True)
    metric = models.DecimalField(_("tier metric"), max_digits=30, decimal_places=6, null=True)
    lines = models.BigIntegerField(_("lines"), default=0)
    base_fen = models.DecimalField(_("shared on"), max_digits=30, decimal_places=12, default=0)
    share_fen = FenField(_("share"), default=0)

    class Meta(TenantModel.Meta):
        abstract = True


class Bucket(BucketFigures):
    """Events of one payee, period, rule and weight that are rounded together (docs/money.md §4)."""

    period = models.CharField(_("month"), max_length=7)
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="buckets", verbose_name=_("payee"))
    anchor = TenantForeignKey(
        Anchor, on_delete=models.PROTECT, null=True, related_name="buckets", verbose_name=_("anchor")
    )

    class Meta(TenantModel.Meta):
        verbose_name = _("bucket")
        verbose_name_plural = _("buckets")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "period", "payee"], name="bucket_period_payee"),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.payee_id} {self.kind}"


class ShareBlock(TenantModel):
    """The shares of one bucket in their order, packed: the n-th element of each array is of the n-th share.

    A month has a million shares and every calculation replaces them; packed they are written, frozen and removed in
    the tenth of the time and space (docs/adr). ShareLine reads them one by one.
    """

    MOST = 2**20  # places of the order that one block covers; a large bucket has several blocks

    agency = written_by_sets_only()
    period = models.CharField(_("month"), max_length=7)
    bucket = TenantForeignKey(Bucket, on_delete=models.PROTECT, related_name="blocks", checked=False, db_index=False)
    number = models.BigIntegerField()
    first_event = models.BigIntegerField(null=True)
    last_event = models.BigIntegerField(null=True)
    events = ArrayField(models.BigIntegerField(null=True))
    entries = ArrayField(models.BigIntegerField(null=True))
    shares = ArrayField(models.BigIntegerField())
    hosts = ArrayField(models.SmallIntegerField())
    dates = ArrayField(models.DateField(null=True))
    holders = ArrayField(models.BigIntegerField(null=True))

    class Meta(TenantModel.Meta):
        verbose_name = _("block of shares")
        verbose_name_plural = _("blocks of shares")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "period", "bucket", "number"], name="share_block_one"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "last_event"], name="share_block_events"),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.bucket_id}/{self.number}"


class ShareLines(TenantManager):
    """Shares one by one. The database finds their block first, so name what tells it."""

    def numbered(self, pk: int) -> models.QuerySet:
        """The share with this id."""
        return self.filter(block_id=pk // ShareLine.IDS, pk=pk)

    def of_events(self, events: Iterable[int]) -> models.QuerySet:
        """The shares of these events, whatever month settled them."""
        found = sorted(events)
        if not found:
            return self.none()
        blocks = ShareBlock.objects.filter(first_event__lte=found[-1], last_event__gte=found[0], events__overlap=found)
        return self.filter(block_id__in=list(blocks.values_list("pk", flat=True)), event_id__in=found)


class ShareLine(TenantModel):
    """What one payee gets of one event or entry. The agency's part is the pool less all shares on it.

    A view of ShareBlock; within a bucket the ids follow its order. `first_event` and `last_event` are the least and
    the largest event id of the block.

    It also records how the event was attributed, as order lines and roster may change later: `host` is the
    payee's place among the hosts; `dated_on` the payment date that override windows go by, for clawbacks the date
    that the clawback window counts from; `holder` the payee whom the platform paid itself.
    """

    IDS = 2 * ShareBlock.MOST  # ids of one block: a place of the order may have several hosts

    agency = written_by_sets_only()
    block = TenantForeignKey(ShareBlock, on_delete=models.DO_NOTHING, related_name="lines", checked=False)
    period = models.CharField(_("month"), max_length=7)
    bucket = TenantForeignKey(Bucket, on_delete=models.DO_NOTHING, related_name="share_lines", checked=False)
    event = TenantForeignKey(
        EarningEvent, on_delete=models.DO_NOTHING, null=True, related_name="share_lines", checked=False
    )
    entry = TenantForeignKey(Entry, on_delete=models.DO_NOTHING, null=True, related_name="share_lines", checked=False)
    share_fen = FenField(_("share"))
    host = models.SmallIntegerField(_("host"), default=0)
    dated_on = models.DateField(_("counted from"), null=True)
    holder = TenantForeignKey(Payee, on_delete=models.DO_NOTHING, null=True, related_name="+", checked=False)
    first_event = models.BigIntegerField(null=True)
    last_event = models.BigIntegerField(null=True)

    # the stubs know `objects` of the base as another manager
    objects: ClassVar[ShareLines] = ShareLines()  # type: ignore[misc]

    class Meta(TenantModel.Meta):
        verbose_name = _("share of a line")
        verbose_name_plural = _("shares of lines")
        managed = False

    def __str__(self) -> str:
        return f"{self.event_id or self.entry_id} {self.share_fen}"


class Unmatched(TenantModel):
    """An event or entry that belongs to nobody yet, with one named reason (docs/money.md §3).

    `carried` is set when its month closes without it: the first open month settles it once the cause is
    mended. An empty reason means that the latest calculation could settle it.
    """

    class Reason(models.TextChoices):
        UNKNOWN_ACCOUNT = "unknown_account", _("The account is not in anyone's hands")
        NO_ANCHOR_ON_LINE = "no_anchor_on_line", _("The line names no anchor")
        NO_CONTRACT = "no_contract", _("No contract in force on the payment date")
        NO_SPLIT_RULE = "no_split_rule", _("The contract has no rule for this line")
        TWO_SESSIONS = "two_sessions", _("Two live sessions fit")
        UNKNOWN_SKU = "unknown_sku", _("The product is not linked to a SKU that a rule needs")

    period = models.CharField(_("month"), max_length=7)
    event = TenantForeignKey(EarningEvent, on_delete=models.PROTECT, null=True, related_name="unmatched", checked=False)
    entry = TenantForeignKey(Entry, on_delete=models.CASCADE, null=True, related_name="unmatched")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    pool_fen = FenField(_("pool"))
    carried = models.BooleanField(_("left over from a closed month"), default=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("unmatched line")
        verbose_name_plural = _("unmatched lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "event"], name="unmatched_event"),
            models.UniqueConstraint(fields=["agency", "entry"], name="unmatched_entry"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "period", "reason"], name="unmatched_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pool_fen}"
