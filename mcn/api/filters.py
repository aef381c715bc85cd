"""What lists can be narrowed by. A value that cannot be is an error, not an empty list."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, DateFilter, IsoDateTimeFilter, NumberFilter
from django_filters.rest_framework import FilterSet

from mcn.anchors.models import Anchor
from mcn.anchors.models.records import PERIOD
from mcn.commissions.models import Unmatched
from mcn.core.platforms import Platform
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS
from mcn.sales.models import EarningEvent, SalesImport
from mcn.settlements.models import Period


def _month(field: str, label: str = "Month, such as 2026-07.") -> CharFilter:
    return CharFilter(field_name=field, label=label, validators=[PERIOD])


def _platform(field: str) -> ChoiceFilter:
    return ChoiceFilter(field_name=field, choices=Platform.choices, label="Platform.")


def _order(field: str) -> CharFilter:
    return CharFilter(field_name=field, label="The platform's order number.")


class AnchorFilter(FilterSet):
    code = CharFilter(label="Code.")
    status = ChoiceFilter(choices=Anchor.Status.choices, label="Status.")


class ContractFilter(FilterSet):
    number = CharFilter(label="Contract number.")
    anchor = CharFilter(field_name="anchor__code", label="Code of the anchor.")
    in_force_on = DateFilter(method="on_day", label="Contracts in force on this day.")

    def on_day(self, queryset: QuerySet, name: str, value: Any) -> QuerySet:
        return queryset.filter(starts_on__lte=value, ends_on__gte=value)


class ImportFilter(FilterSet):
    state = ChoiceFilter(choices=SalesImport.State.choices, label="State.")
    format = CharFilter(method="read_as", label="Code of the format, such as douyin_alliance.")
    sha256 = CharFilter(label="SHA-256 of the file.")
    file_name = CharFilter(label="Name of the file.")
    account_id = CharFilter(label="The account that was given with the file.")
    period = CharFilter(method="settled_in", label="A month that settles what it brought.", validators=[PERIOD])
    created_from = IsoDateTimeFilter(field_name="created_at", lookup_expr="gte", label="Brought in at or after.")
    created_until = IsoDateTimeFilter(field_name="created_at", lookup_expr="lt", label="Brought in before.")

    def read_as(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Of one that was only looked at, the difference says how it was read."""
        return queryset.filter(Q(format=value) | Q(format="", difference__format=value))

    def settled_in(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(counts__months__has_key=value)


class OrderLineFilter(FilterSet):
    platform = _platform("platform")
    order_key = _order("order_key")
    line_key = CharFilter(label="The platform's line number.")
    paid_from = IsoDateTimeFilter(method="paid_since", label="Paid at or after.")
    paid_until = IsoDateTimeFilter(method="paid_before", label="Paid before.")

    def paid_since(self, queryset: QuerySet, name: str, value: datetime) -> QuerySet:
        """The day finds them in the index, the moment decides."""
        return queryset.filter(paid_at__gte=value, paid_on__gte=self.request.agency.business_date(value))

    def paid_before(self, queryset: QuerySet, name: str, value: datetime) -> QuerySet:
        return queryset.filter(paid_at__lt=value, paid_on__lte=self.request.agency.business_date(value))


class EarningEventFilter(FilterSet):
    period = _month("settle_period", "The month that settles it, such as 2026-07.")
    original_period = _month("original_period", "The month it is dated in, such as 2026-07.")
    kind = ChoiceFilter(choices=EarningEvent.Kind.choices, label="Kind.")
    platform = _platform("line__platform")
    order_key = _order("line__order_key")
    line = NumberFilter(field_name="line_id", label="Id of the order line.")


class UnmatchedFilter(FilterSet):
    period = _month("period")
    reason = ChoiceFilter(choices=Unmatched.Reason.choices, label="Reason.")
    platform = _platform("event__line__platform")
    order_key = _order("event__line__order_key")


class PeriodFilter(FilterSet):
    state = ChoiceFilter(choices=Period.State.choices, label="State.")


class StatementFilter(FilterSet):
    period = _month("period__code")
    payee = CharFilter(field_name="code", label="Code of the payee.")


class StatementLineFilter(FilterSet):
    column = CharFilter(field_name="bucket__column", label="Statement line, such as commission_share.")
    platform = _platform("event__line__platform")
    order_key = _order("event__line__order_key")


class JobFilter(FilterSet):
    kind = ChoiceFilter(choices=[(kind, kind) for kind in KINDS], label="Kind.")
    state = ChoiceFilter(choices=Job.State.choices, label="State.")
    subject = CharFilter(label="What it works on.")
