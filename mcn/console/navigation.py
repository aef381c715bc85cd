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
    """One link of the sidebar. `url_name` takes no arguments; `group` is one of its area's, or none."""

    label: Any
    url_name: str
    permission: str
    order: int = 50
    group: str = ""


@dataclass
class Area:
    """A part of the sidebar. A long one names `groups`, code and heading, in their order; items of none come first."""

    code: str
    label: Any
    icon: str
    groups: dict[str, Any] = field(default_factory=dict)
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
        Area(
            "finance",
            _("Finance"),
            "wallet",
            groups={
                "paying": _("Paying and banking"),
                "advances": _("Advances and deposits"),
                "tax": _("Tax and invoices"),
                "books": _("Accounting"),
            },
        ),
        Area("training", _("Training"), "school"),
        Area("jobs", _("Jobs and downloads"), "download"),
        Area("settings", _("Settings"), "settings"),
    )
}


def add(area: str, item: Item) -> None:
    """Hang a page into an area; the same page twice is one. Raises ValueError for a group that the area has not."""
    items, groups = AREAS[area].items, ["", *AREAS[area].groups]
    if item.group not in groups:
        raise ValueError(f"the area {area} has no group {item.group}")
    if all(known.url_name != item.url_name for known in items):
        items.append(item)
        items.sort(key=lambda known: (groups.index(known.group), known.order))


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The areas with the links this member may open, the current one marked."""
    member = getattr(request, "member", None)
    if member is None:
        return []
    best = ""
    areas: list[dict[str, Any]] = []
    for area in AREAS.values():
        links = [
            {"label": item.label, "url": reverse(item.url_name), "group": area.groups.get(item.group, "")}
            for item in area.items
            if member.can(item.permission)
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
