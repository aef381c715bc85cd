"""Anchors and contracts."""

from django.db.models import QuerySet

from mcn.anchors.models import Anchor, Contract
from mcn.api.filters import AnchorFilter, ContractFilter
from mcn.api.serializers.anchors import AnchorRecord, ContractRecord
from mcn.api.views.base import Records


class Anchors(Records):
    """Anchors with their platform accounts."""

    permission = "anchors.view"
    serializer_class = AnchorRecord
    filterset_class = AnchorFilter

    def rows(self) -> QuerySet[Anchor]:
        return Anchor.objects.prefetch_related("accounts")


class Contracts(Records):
    """Contracts with all versions, their splits and overrides."""

    permission = "contracts.view"
    serializer_class = ContractRecord
    filterset_class = ContractFilter

    def rows(self) -> QuerySet[Contract]:
        return Contract.objects.select_related("anchor").prefetch_related(
            "versions__splits__steps",
            "versions__splits__sku",
            "versions__splits__deal",
            "versions__splits__brand",
            "versions__overrides__payee",
        )
