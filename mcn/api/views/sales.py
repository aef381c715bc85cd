"""Sales data: imports with their differences, order lines, earning events, unmatched money."""

from collections.abc import Iterable

from django.db.models import QuerySet
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

from mcn.api.filters import EarningEventFilter, ImportFilter, OrderLineFilter, UnmatchedFilter
from mcn.api.pagination import NewestFirst
from mcn.api.serializers.imports import ImportDetail, ImportRecord
from mcn.api.serializers.sales import EarningEventRecord, OrderLineRecord, UnmatchedRecord
from mcn.api.views.base import Records
from mcn.commissions.models import Unmatched
from mcn.sales.models import EarningEvent, OrderLine, SalesImport
from mcn.sales.selectors import with_changes


class ByHeader(DefaultContentNegotiation):
    """The form of the answer goes by the header alone, as `format` is a filter."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:
        return list(renderers)


class Imports(Records):
    """Platform files that were brought in, newest first; a single one with what it changed in money."""

    permission = "sales.view"
    serializer_class = ImportRecord
    filterset_class = ImportFilter
    content_negotiation_class = ByHeader
    pagination_class = NewestFirst

    def rows(self) -> QuerySet[SalesImport]:
        return with_changes(SalesImport.objects.select_related("actor"))

    def get_queryset(self) -> QuerySet[SalesImport]:
        """A single one has the lists of its difference, too."""
        if self.action == "retrieve":
            return SalesImport.objects.select_related("actor", "difference")
        return self.rows()

    def get_serializer_class(self) -> type[ImportRecord]:
        return ImportDetail if self.action == "retrieve" else ImportRecord


class OrderLines(Records):
    """Order lines as the platforms report them."""

    permission = "sales.view"
    serializer_class = OrderLineRecord
    filterset_class = OrderLineFilter

    def rows(self) -> QuerySet[OrderLine]:
        return OrderLine.objects.all()


class EarningEvents(Records):
    """Changes of settled money, the facts that everything else is computed from."""

    permission = "sales.view"
    serializer_class = EarningEventRecord
    filterset_class = EarningEventFilter

    def rows(self) -> QuerySet[EarningEvent]:
        return EarningEvent.objects.select_related("line")


class UnmatchedMoney(Records):
    """Events and entries that belong to nobody yet, with the reason."""

    permission = "sales.view"
    serializer_class = UnmatchedRecord
    filterset_class = UnmatchedFilter

    def rows(self) -> QuerySet[Unmatched]:
        return Unmatched.objects.exclude(reason="").select_related("event__line", "entry")
