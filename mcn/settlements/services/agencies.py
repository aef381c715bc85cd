"""An agency's settings, where it may have sold and closed months already."""

from typing import Any

from mcn.accounts.agencies import agency_find, agency_save
from mcn.accounts.models import User
from mcn.sales.selectors import has_imports
from mcn.settlements.selectors import last_closed_period
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope


def settings_save(*, actor: User | None, slug: str, **given: Any) -> tuple[Agency, str]:
    """`agency_save`, which refuses what would date closed months or imported sales anew.

    In the caller's transaction. Raises RuleError as `agency_save` does.
    """
    before = agency_find(slug)
    if before is None:
        return agency_save(actor=actor, slug=slug, **given)
    with agency_scope(before.pk):
        return agency_save(actor=actor, slug=slug, last_closed=last_closed_period(), has_sales=has_imports(), **given)
