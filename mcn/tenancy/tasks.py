"""Celery base for work inside one agency."""

from typing import Any

from celery import Task

from mcn.tenancy.scope import agency_scope


class TenantTask(Task):
    """Enters the scope of its first argument, the agency's id, before the body runs."""

    abstract = True

    def __call__(self, agency_id: int, *args: Any, **kwargs: Any) -> Any:
        with agency_scope(agency_id):
            return super().__call__(agency_id, *args, **kwargs)
