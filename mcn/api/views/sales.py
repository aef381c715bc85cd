"""Sales data: imports, order lines, earning events, unmatched money."""

from django.db.models import QuerySet

from mcn.api.filters import EarningEventFilter, ImportFilter, OrderLineFilter, UnmatchedFilter
from mcn.api.pagination import NewestFirst
from mcn.api.serializers.sales import EarningEventRecord, ImportRecord, OrderLineRecord, UnmatchedRecord
from mcn.api.views.base import Records
from mcn.commissions.models import Unmatched
from mcn.sales.models import EarningEvent, OrderLine, SalesImport


class Imports(Records):
    """Platform files that were brought in, newest first."""

    permission = "sales.view"
    serializer_class = ImportRecord
    filterset_class = ImportFilter
    pagination_class = NewestFirst

    def rows(self) -> QuerySet[SalesImport]:
        return SalesImport.objects.all()


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
