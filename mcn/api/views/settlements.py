"""Months, statements, and the shares that a statement is made of."""

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.generics import ListAPIView

from mcn.api.filters import PeriodFilter, StatementFilter, StatementLineFilter
from mcn.api.serializers.settlements import PeriodRecord, StatementLineRecord, StatementRecord
from mcn.api.views.base import Records
from mcn.commissions.models import ShareLine
from mcn.settlements.models import Period, Statement


class Periods(Records):
    """Months, from open to closed."""

    permission = "settlements.view"
    serializer_class = PeriodRecord
    filterset_class = PeriodFilter
    lookup_field = "code"
    lookup_value_converter = "str"

    def rows(self) -> QuerySet[Period]:
        return Period.objects.all()


class Statements(Records):
    """One payee's month. An open month's statement is a draft."""

    permission = "settlements.view"
    serializer_class = StatementRecord
    filterset_class = StatementFilter

    def rows(self) -> QuerySet[Statement]:
        return Statement.objects.select_related("period")


class StatementLines(ListAPIView):
    """The payee's share of every event and entry of the month, each with how it was computed.

    They add up to the statement's `earned_fen`.
    """

    permission = "settlements.view"
    http_method_names = ["get", "head", "options"]
    serializer_class = StatementLineRecord
    filterset_class = StatementLineFilter

    def get_queryset(self) -> QuerySet[ShareLine]:
        """The lines of the statement in the address. Raises Http404 for another agency's."""
        if getattr(self, "swagger_fake_view", False):
            return ShareLine.objects.none()
        statement = Statement.objects.select_related("period").filter(pk=self.kwargs["statement_id"]).first()
        if statement is None:
            raise Http404
        return ShareLine.objects.filter(
            period=statement.period.code, bucket__payee_id=statement.payee_id
        ).select_related(
            "event__line",
            "entry",
            "bucket__version__contract",
            "bucket__rule__sku",
            "bucket__rule__deal",
            "bucket__rule__brand",
            "bucket__override",
        )
