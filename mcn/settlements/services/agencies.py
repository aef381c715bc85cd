"""An agency's settings, where it may have sold and closed months already."""

from typing import Any

from mcn.accounts.agencies import agency_find, agency_save
from mcn.accounts.models import User
from mcn.sales import services as sales
from mcn.settlements.selectors import last_closed_period
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope


def settings_save(*, actor: User | None, slug: str, **given: Any) -> tuple[Agency, str]:
    """`agency_save`, which refuses what would date closed months anew; the lines of open ones are dated anew.

    In the caller's transaction. Raises RuleError as `agency_save` does.
    """
    before = agency_find(slug)
    if before is None:
        return agency_save(actor=actor, slug=slug, **given)
    with agency_scope(before.pk):
        agency, outcome = agency_save(actor=actor, slug=slug, last_closed=last_closed_period(), **given)
        if (agency.timezone, agency.day_starts_at) != (before.timezone, before.day_starts_at):
            sales.date_lines_anew(agency)
    return agency, outcome
