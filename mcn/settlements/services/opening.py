"""A month begins to exist."""

from collections.abc import Iterable

from mcn.settlements.models import Period
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id


def period_ensure(code: str) -> Period:
    """The period of this month (YYYY-MM), made if nothing was dated in it so far."""
    period, _made = Period.objects.get_or_create(code=code)
    return period


def open_months(codes: Iterable[str]) -> None:
    """Make the months (YYYY-MM) that have something to settle; those before the agency's first stay history."""
    first = Agency.objects.values_list("first_period", flat=True).get(pk=current_agency_id())
    for code in codes:
        if code >= first:
            period_ensure(code)
