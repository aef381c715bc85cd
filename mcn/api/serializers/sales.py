"""Order lines, earning events, and what belongs to nobody yet."""

from rest_framework import serializers

from mcn.api.serializers.base import Record, UtcTime
from mcn.commissions.models import Unmatched
from mcn.sales.models import EarningEvent, OrderLine


class OrderLineRecord(Record):
    """A platform's order line with two independent triples, estimated and settled, in fen."""

    status = serializers.SerializerMethodField()
    sales_import = serializers.IntegerField(source="sales_import_id")

    class Meta:
        model = OrderLine
        fields = (
            "id", "platform", "order_key", "line_key", "account_key", "account_name", "product_id", "product_name",
            "shop_name", "quantity", "room_id", "is_live", "status", "platform_status", "paid_at", "received_at",
            "settled_at", "changed_at", "exported_at", "estimated_base_fen", "estimated_gross_fen",
            "estimated_fee_fen", "settled_base_fen", "settled_gross_fen", "settled_fee_fen", "settled_holder_fen",
            "fee_derived", "sales_import",
        )  # fmt: skip

    def get_status(self, line: OrderLine) -> str:
        return OrderLine.Status(line.status).name.lower()


class EarningEventRecord(Record):
    """A change of a line's settled money, in fen. Events are never changed or deleted."""

    line = serializers.IntegerField(source="line_id")
    platform = serializers.CharField(source="line.platform")
    order_key = serializers.CharField(source="line.order_key")
    line_key = serializers.CharField(source="line.line_key")
    pool_fen = serializers.IntegerField()
    sales_import = serializers.IntegerField(source="sales_import_id")

    class Meta:
        model = EarningEvent
        fields = (
            "id", "line", "platform", "order_key", "line_key", "kind", "occurred_at", "original_period",
            "settle_period", "base_fen", "gross_fen", "fee_fen", "pool_fen", "holder_fen", "sales_import",
        )  # fmt: skip


class UnmatchedRecord(Record):
    """An earning event, or a typed entry (`entry` is its code), that belongs to nobody yet; `pool_fen` waits."""

    event = serializers.IntegerField(source="event_id", allow_null=True)
    entry = serializers.CharField(source="entry.code", default=None, allow_null=True)
    platform = serializers.CharField(source="event.line.platform", default=None, allow_null=True)
    order_key = serializers.CharField(source="event.line.order_key", default=None, allow_null=True)
    line_key = serializers.CharField(source="event.line.line_key", default=None, allow_null=True)
    occurred_at = UtcTime(source="event.occurred_at", default=None, allow_null=True)

    class Meta:
        model = Unmatched
        fields = (
            "id", "period", "event", "entry", "platform", "order_key", "line_key", "occurred_at", "reason", "cause",
            "pool_fen", "carried",
        )  # fmt: skip
