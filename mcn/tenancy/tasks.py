"""Work of Celery inside one agency, and inside each of them in turn."""

from collections.abc import Iterator
from typing import Any

from celery import Task
from django.db import transaction

from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope


class TenantTask(Task):
    """Enters the scope of its first argument, the agency's id, before the body runs."""

    abstract = True

    def __call__(self, agency_id: int, *args: Any, **kwargs: Any) -> Any:
        with agency_scope(agency_id):
            return super().__call__(agency_id, *args, **kwargs)


def each_agency(**which: Any) -> Iterator[int]:
    """The id of every agency, or of those that `which` (a filter) picks, each in its own scope."""
    with operator_scope(), transaction.atomic():
        found = list(Agency.objects.filter(**which).values_list("pk", flat=True))
    for agency_id in found:
        with agency_scope(agency_id):
            yield agency_id
