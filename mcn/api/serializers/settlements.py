"""Months, statements, and how each share on them was computed."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mcn.api.serializers.base import Record, UtcTime, rate_text
from mcn.commissions.models import Bucket, ShareLine
from mcn.settlements.models import Period, Statement


class PeriodRecord(Record):
    """A month; `content_hash` is the proof of a closed one, chained to the month before. `totals` are in fen."""

    class Meta:
        model = Period
        fields = (
            "code", "state", "calculated_at", "submitted_at", "approved_at", "closed_at", "accepted_unmatched_fen",
            "content_hash", "previous_hash", "totals",
        )  # fmt: skip


class StatementRecord(Record):
    """One payee's month: the lines of the statement in their order, in fen."""

    period = serializers.CharField(source="period.code")
    payee = serializers.CharField(source="code")

    class Meta:
        model = Statement
        fields = (
            "id", "period", "payee", "name", "kind", "lines", "net_gmv_fen", "pool_fen", "commission_share_fen",
            "clawback_share_fen", "slot_fee_share_fen", "tips_share_fen", "ads_share_fen", "override_share_fen",
            "bonus_fen", "earned_fen", "guarantee_top_up_fen", "penalties_fen", "paid_by_platform_fen",
            "brought_forward_fen", "instalments_fen", "tax_borne_fen", "taxable_fen", "tax_fen", "advance_recouped_fen",
            "net_pay_fen",
            "carried_forward_fen",
        )  # fmt: skip


class Explanation(serializers.Serializer):
    """How a share was computed. `rate` is exact: the rule's rate in this month × `weight`; none where what was
    paid is taken back in proportion. Shares of one bucket are rounded on their running sum, so that the bucket's
    lines add up to its share exactly.
    """

    method = serializers.ChoiceField(source="kind", choices=Bucket.Kind.choices)
    text = serializers.CharField(source="get_kind_display", help_text="The method, in the reader's language.")
    contract = serializers.CharField(source="version.contract.number", default=None, allow_null=True)
    version = serializers.IntegerField(source="version.number", default=None, allow_null=True)
    tail = serializers.SerializerMethodField(help_text="Whether it is tail commission, of the version named.")
    rule = serializers.IntegerField(source="rule_id", allow_null=True)
    scope = serializers.SerializerMethodField(help_text="For example `sku:S001`; empty for a rule without a scope.")
    override = serializers.IntegerField(source="override_id", allow_null=True)
    basis = serializers.CharField(source="override.basis", default=None, allow_null=True)
    rate = serializers.SerializerMethodField()
    weight = serializers.DecimalField(max_digits=7, decimal_places=6)
    metric = serializers.DecimalField(
        max_digits=30, decimal_places=6, allow_null=True, help_text="What the tiers were tested with."
    )
    bucket_lines = serializers.IntegerField(source="lines")
    bucket_base = serializers.DecimalField(
        source="base_fen", max_digits=30, decimal_places=12, help_text="What the bucket shares, in fen."
    )
    bucket_share_fen = serializers.IntegerField(source="share_fen")

    def get_tail(self, bucket: Bucket) -> bool:
        return bucket.version is not None and bucket.version.tail_of_id is not None

    def get_scope(self, bucket: Bucket) -> str:
        return bucket.rule.scope_text if bucket.rule else ""

    def get_rate(self, bucket: Bucket) -> str | None:
        return rate_text(bucket.rate_numerator, bucket.rate_denominator)


class StatementLineRecord(Record):
    """What the payee gets of one earning event, or of one typed entry (`entry` is its code), in fen."""

    event = serializers.IntegerField(source="event_id", allow_null=True)
    entry = serializers.CharField(source="entry.code", default=None, allow_null=True)
    platform = serializers.CharField(source="event.line.platform", default=None, allow_null=True)
    order_key = serializers.CharField(source="event.line.order_key", default=None, allow_null=True)
    line_key = serializers.CharField(source="event.line.line_key", default=None, allow_null=True)
    kind = serializers.SerializerMethodField(help_text="Kind of the event, or the entry's income.")
    occurred_at = UtcTime(source="event.occurred_at", default=None, allow_null=True)
    date = serializers.DateField(source="entry.date", default=None, allow_null=True)
    column = serializers.CharField(source="bucket.column", help_text="The statement line it counts in.")
    pool_fen = serializers.SerializerMethodField()
    explanation = serializers.SerializerMethodField()

    class Meta:
        model = ShareLine
        fields = (
            "id", "event", "entry", "platform", "order_key", "line_key", "kind", "occurred_at", "date", "column",
            "pool_fen", "share_fen", "explanation",
        )  # fmt: skip

    def get_kind(self, line: ShareLine) -> str:
        return line.event.kind if line.event else line.entry.income  # type: ignore[union-attr]

    def get_pool_fen(self, line: ShareLine) -> int:
        return line.event.pool_fen if line.event else line.entry.amount_fen  # type: ignore[union-attr]

    @extend_schema_field(Explanation)
    def get_explanation(self, line: ShareLine) -> Any:
        return Explanation(line.bucket).data
