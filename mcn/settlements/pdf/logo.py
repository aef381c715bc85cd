"""The picture in the head of a paper."""

from pathlib import Path

from mcn.settlements.models import Period
from mcn.tenancy import files
from mcn.tenancy.models import Agency


def logo_file(name: str) -> Path | None:
    """The picture of that name among the agency's files; None where there is none."""
    path = files.path_of(name) if name else None
    return path if path is not None and path.is_file() else None


def logo_of(agency: Agency, period: Period) -> Path | None:
    """The picture for papers of a month: of a closed one that with which it was closed."""
    return logo_file(period.logo if period.state == Period.State.CLOSED else agency.logo)
