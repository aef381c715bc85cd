"""What every list and every record share."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet


class Records(ReadOnlyModelViewSet):
    """A list and its single records, of the agency in scope. Subclasses say which, for whom, and how filtered."""

    permission: str = ""
    http_method_names = ["get", "head", "options"]
    lookup_value_converter = "int"

    def get_queryset(self) -> QuerySet[Any]:
        """Made anew for each request: a queryset of the class would belong to the first agency that asked."""
        return self.rows()

    def rows(self) -> QuerySet[Any]:
        """All records of the agency, with everything that a page of them shows."""
        raise NotImplementedError
