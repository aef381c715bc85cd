"""A month begins to exist."""

from mcn.settlements.models import Period


def period_ensure(code: str) -> Period:
    """The period of this month (YYYY-MM), made if nothing was dated in it so far."""
    period, _made = Period.objects.get_or_create(code=code)
    return period
