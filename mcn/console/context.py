"""What every console template knows besides its own context."""

from typing import Any

from django.http import HttpRequest

from mcn.console import navigation


def console(request: HttpRequest) -> dict[str, Any]:
    """The agency, the member and the sidebar; nothing outside an agency."""
    agency = getattr(request, "agency", None)
    if agency is None:
        return {"agency": None, "member": None, "menu": []}
    return {"agency": agency, "member": request.member, "menu": navigation.menu(request)}  # type: ignore[attr-defined]
