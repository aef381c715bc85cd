"""Imports and the money difference of each (docs/money.md §2.1)."""

from typing import Any

from rest_framework import serializers

from mcn.anchors.models import Anchor
from mcn.api.serializers.base import Record, UtcTime
from mcn.commissions.models import Unmatched
from mcn.core.platforms import Platform
from mcn.sales.models import EarningEvent, Entry, ImportDifference, SalesImport

OTHERS = "This row is the sum of so many others, which are not named."


class ImportRecord(Record):
    """One platform file that somebody brought in. `counts` says what became of its rows, `months` which months settle
    what it brought; both are those of the look while the state is `previewed` or `dropped`.
    """

    format = serializers.CharField(source="read_as", help_text="How the file was read; empty while it was not.")
    months = serializers.ListField(
        source="settling_months", child=serializers.CharField(), help_text="Such as 2026-07, the earliest first."
    )
    created_by = serializers.CharField(
        source="actor.name",
        default=None,
        allow_null=True,
        help_text="Who brought it in; null: a schedule or a command did.",
    )
    recorded_at = UtcTime(allow_null=True, help_text="When its lines and money became known; null: they did not.")
    job = serializers.IntegerField(source="job_id", allow_null=True)

    class Meta:
        model = SalesImport
        fields: tuple[str, ...] = (
            "id", "file_name", "sha256", "size", "format", "account_id", "exported_at", "state", "counts", "months",
            "created_by", "created_at", "recorded_at", "job",
        )  # fmt: skip


class AccountDifference(serializers.Serializer):
    """An account's lines and money: the change, and what stood there before. Before is null without a payment time."""

    platform = serializers.ChoiceField(choices=Platform.choices, allow_null=True)
    account = serializers.CharField(allow_null=True)
    dated = serializers.BooleanField(allow_null=True, help_text="Whether its orders have a payment time.")
    new_lines = serializers.IntegerField()
    changed_lines = serializers.IntegerField()
    estimated_gross_fen = serializers.IntegerField()
    settled_base_fen = serializers.IntegerField()
    settled_pool_fen = serializers.IntegerField()
    estimated_gross_before_fen = serializers.IntegerField(allow_null=True)
    settled_base_before_fen = serializers.IntegerField(allow_null=True)
    settled_pool_before_fen = serializers.IntegerField(allow_null=True)
    others = serializers.IntegerField(allow_null=True, help_text=OTHERS)


class EventDifference(serializers.Serializer):
    """Earning events of one kind and month; where the months differ, they are a correction of a closed one."""

    settle_period = serializers.CharField(help_text="The month that settles them.")
    original_period = serializers.CharField(help_text="The month they are dated in.")
    kind = serializers.ChoiceField(choices=EarningEvent.Kind.choices)
    count = serializers.IntegerField()
    base_fen = serializers.IntegerField()
    pool_fen = serializers.IntegerField()


class EntryDifference(serializers.Serializer):
    """An anchor's entries of one kind of other income and month; where the months differ, they are a correction of a
    closed one. `amount_fen` is as entries are written: a penalty is positive.
    """

    settle_period = serializers.CharField(help_text="The month that settles them.")
    original_period = serializers.CharField(help_text="The month they are dated in.")
    income = serializers.ChoiceField(choices=Entry.Income.choices)
    anchor = serializers.CharField(allow_null=True, help_text="Code of the anchor.")
    new_entries = serializers.IntegerField(help_text="The first of their piece of income.")
    changed_entries = serializers.IntegerField(help_text="Further ones, with the difference of a later change.")
    amount_fen = serializers.IntegerField()
    others = serializers.IntegerField(allow_null=True, help_text=OTHERS)


class AnchorDifference(serializers.Serializer):
    """What the import changes of an anchor; or of an account that nobody held, with the reason."""

    anchor = serializers.CharField(allow_null=True, help_text="Code of the anchor.")
    reason = serializers.ChoiceField(choices=Unmatched.Reason.choices, allow_null=True)
    platform = serializers.CharField(allow_null=True)
    account = serializers.CharField(allow_null=True)
    new_lines = serializers.IntegerField()
    changed_lines = serializers.IntegerField()
    pool_fen = serializers.IntegerField(help_text="Change of the settled pool.")
    entries = serializers.IntegerField(allow_null=True, help_text="Entries of other income; null: not counted then.")
    entries_fen = serializers.IntegerField(allow_null=True, help_text="Their sum, penalties taken off.")
    others = serializers.IntegerField(allow_null=True, help_text=OTHERS)


class DifferenceRecord(Record):
    """What an import changed, or would change, in fen. The accounts' money before and after is of the orders paid in
    `payment_months`. Lists are of at most 200 rows with the largest change; the others are summed in last rows.
    """

    accounts = AccountDifference(many=True)
    events = EventDifference(many=True)
    entries = serializers.SerializerMethodField()
    anchors = serializers.SerializerMethodField()
    payment_months = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ImportDifference
        fields = (
            "made_at", "estimated_gross_fen", "settled_base_fen", "settled_pool_fen", "entries_fen", "payment_months",
            "accounts", "events", "entries", "anchors",
        )  # fmt: skip

    def get_entries(self, difference: ImportDifference) -> EntryDifference(many=True):  # type: ignore[valid-type]
        return EntryDifference(_with_codes(difference.entries), many=True).data

    def get_anchors(self, difference: ImportDifference) -> AnchorDifference(many=True):  # type: ignore[valid-type]
        rows = [{**row, "reason": row.get("reason") or None} for row in _with_codes(difference.anchors)]
        return AnchorDifference(rows, many=True).data


class ImportDetail(ImportRecord):
    """One import with its money difference; null for one that failed or is not done yet."""

    difference = DifferenceRecord(default=None, allow_null=True)

    class Meta(ImportRecord.Meta):
        fields = (*ImportRecord.Meta.fields, "difference")


def _with_codes(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the anchors' public codes in the place of their ids."""
    ids = {row["anchor"] for row in rows if row.get("anchor")}
    codes = dict(Anchor.objects.filter(pk__in=ids).values_list("pk", "code")) if ids else {}
    return [{**row, "anchor": codes.get(row.get("anchor"))} for row in rows]
