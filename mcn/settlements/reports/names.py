"""What the keys of a report's sums are called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from mcn.anchors.models import Anchor
from mcn.brands.models import Brand
from mcn.core import formats
from mcn.core.platforms import Platform
from mcn.live.models import Session
from mcn.settlements.models import ReportSum

By = ReportSum.By


@dataclass(frozen=True)
class Named:
    """The sums of one key with its name. `hosts` and `starts_at` are a session's; what is gone has its code alone."""

    sums: ReportSum
    name: str
    hosts: str = ""
    starts_at: datetime | None = None

    @property
    def key(self) -> str:
        return str(self.sums.key)


def nobodys(by: str) -> str:
    """What the row is called that belongs to no anchor, brand, platform or session."""
    return {
        By.ANCHOR: _("Parts of no host"),
        By.BRAND: _("No brand"),
        By.PLATFORM: _("Other income and costs"),
        By.SESSION: _("Outside of sessions"),
    }[By(by)]


def named(by: str, rows: Iterable[ReportSum]) -> list[Named]:
    """The rows by one key with their names, in their order."""
    found = list(rows)
    keys = [row.key for row in found if row.key]
    names: dict[str, str] = {}
    sessions: dict[str, Session] = {}
    if by == By.ANCHOR:
        names = dict(Anchor.objects.filter(code__in=keys).values_list("code", "stage_name"))
    elif by == By.BRAND:
        names = dict(Brand.objects.filter(code__in=keys).values_list("code", "name"))
    elif by == By.PLATFORM:
        names = {str(code): str(label) for code, label in Platform.choices}
    else:
        rows_of = Session.objects.filter(code__in=keys).prefetch_related("hosts__anchor")
        sessions = {session.code: session for session in rows_of}
        names = {code: session.title for code, session in sessions.items()}
    made = []
    for row in found:
        session = sessions.get(row.key)
        made.append(
            Named(
                row,
                (names.get(row.key) or row.key) if row.key else nobodys(by),
                formats.listed(host.anchor.stage_name for host in session.hosts.all()) if session else "",
                session.starts_at if session else None,
            )
        )
    return made
