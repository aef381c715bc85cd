"""Anchors with their accounts; contracts with versions, splits and overrides."""

from typing import Any

from rest_framework import serializers

from mcn.anchors.models import Anchor, Contract, ContractVersion, PlatformAccount
from mcn.api.serializers.base import Record
from mcn.commissions.models import Override, SplitRule, TierStep


class PlatformAccountRecord(Record):
    """A platform account in the anchor's hands, from `starts_on` up to but not including `ends_on`."""

    class Meta:
        model = PlatformAccount
        fields = ("id", "platform", "account_id", "nickname", "starts_on", "ends_on", "collected_by")


class AnchorRecord(Record):
    """A person who streams; `code` is also the code of the payee in statements."""

    accounts = PlatformAccountRecord(many=True)

    class Meta:
        model = Anchor
        fields = ("id", "code", "stage_name", "status", "joined_on", "accounts")


class TierStepRecord(Record):
    """`up_to` is inclusive: fen for money metrics, a count for orders; the last step has none."""

    class Meta:
        model = TierStep
        fields = ("up_to", "rate")


class SplitRuleRecord(Record):
    """The anchor's rate on one income for one scope: either `rate`, or tiers (`tier_metric`, `tier_mode`, `steps`).

    `scope_value` is the code of the SKU, deal or brand, the category or the platform; empty for the scope `none`.
    """

    scope_value = serializers.SerializerMethodField()
    steps = TierStepRecord(many=True)

    class Meta:
        model = SplitRule
        fields = ("id", "income", "scope", "scope_value", "rate", "tier_metric", "tier_mode", "steps")

    def get_scope_value(self, rule: SplitRule) -> str:
        return rule.scope_text.partition(":")[2]


class OverrideRecord(Record):
    """A further payee's rate, for orders paid from `starts_on` up to but not including `ends_on`."""

    payee = serializers.CharField(source="payee.code")

    class Meta:
        model = Override
        fields = ("id", "payee", "income", "basis", "rate", "starts_on", "ends_on", "borne_by")


class ContractVersionRecord(Record):
    """The terms from `starts_on` until the next version begins; a version with `superseded_at` never counts.

    Orders paid in the `tail_days` after the contract's end earn commission at `tail_share_rate` of the rates, or at
    `tail_rate`.
    """

    splits = SplitRuleRecord(many=True)
    overrides = OverrideRecord(many=True)

    class Meta:
        model = ContractVersion
        fields = (
            "id", "number", "starts_on", "superseded_at", "guarantee_fen", "guarantee_min_days",
            "guarantee_min_hours", "guarantee_when_short", "guarantee_tested", "guarantee_repay_months",
            "guarantee_repay_rate", "clawback_window_days",
            "net_of_tax", "tail_days", "tail_share_rate", "tail_rate", "splits", "overrides",
        )  # fmt: skip


class ContractRecord(Record):
    """An agreement with an anchor; `starts_on` and `ends_on` are both inclusive."""

    anchor = serializers.CharField(source="anchor.code")
    versions = serializers.SerializerMethodField()

    class Meta:
        model = Contract
        fields = ("id", "number", "anchor", "starts_on", "ends_on", "exclusive", "versions")

    def get_versions(self, contract: Contract) -> ContractVersionRecord(many=True):  # type: ignore[valid-type]
        terms = (version for version in contract.versions.all() if version.tail_of_id is None)
        versions: Any = sorted(terms, key=lambda version: version.number)
        return ContractVersionRecord(versions, many=True).data
