"""The console's areas and what hangs in them, in the order of the sidebar.

Pages are registered once, at start, by resources and by workflow pages; what a member sees is what the
member's roles permit.
"""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Item:
    """One link of the sidebar. `url_name` takes no arguments; `prefix` marks the item as current."""

    label: Any
    url_name: str
    permission: str
    order: int = 50


@dataclass
class Area:
    """A group of the sidebar."""

    code: str
    label: Any
    icon: str
    items: list[Item] = field(default_factory=list)


AREAS: dict[str, Area] = {
    area.code: area
    for area in (
        Area("home", _("Home"), "layout-dashboard"),
        Area("anchors", _("Anchors"), "microphone"),
        Area("brands", _("Brands and deals"), "briefcase"),
        Area("supply", _("Selection and supply"), "package"),
        Area("live", _("Live sessions"), "broadcast"),
        Area("sales", _("Sales data"), "database-import"),
        Area("settlement", _("Commission and settlement"), "report-money"),
        Area("finance", _("Finance"), "wallet"),
        Area("training", _("Training"), "school"),
        Area("jobs", _("Jobs and downloads"), "download"),
        Area("settings", _("Settings"), "settings"),
    )
}


def add(area: str, item: Item) -> None:
    """Hang a page into an area; the same page twice is one."""
    items = AREAS[area].items
    if all(known.url_name != item.url_name for known in items):
        items.append(item)
        items.sort(key=lambda known: known.order)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The areas with the links this member may open, the current one marked."""
    member = getattr(request, "member", None)
    if member is None:
        return []
    best = ""
    areas: list[dict[str, Any]] = []
    for area in AREAS.values():
        links = [
            {"label": item.label, "url": reverse(item.url_name)} for item in area.items if member.can(item.permission)
        ]
        if links:
            areas.append({"area": area, "links": links})
            for link in links:
                if request.path.startswith(link["url"]) and len(link["url"]) > len(best):
                    best = link["url"]
    for entry in areas:
        for link in entry["links"]:
            link["current"] = link["url"] == best
        entry["current"] = any(link["current"] for link in entry["links"])
    return areas
