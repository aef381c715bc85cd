"""Work of the clock on sales data."""

from typing import Any

from celery import shared_task

from mcn.sales import services
from mcn.tenancy.tasks import each_agency


@shared_task(name="sales.remove_old_unmapped", ignore_result=True)
def remove_old_unmapped(**_kwargs: Any) -> int:
    """Delete the files that nobody mapped in time, of every agency; returns how many went."""
    return sum(services.remove_old_unmapped() for _agency in each_agency())
