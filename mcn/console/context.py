"""What every console template knows besides its own context."""

from typing import Any

from django.http import HttpRequest

from mcn.accounts.middleware import URLCONFS
from mcn.console import navigation


def console(request: HttpRequest) -> dict[str, Any]:
    """The agency, the member and, in the console, the sidebar; nothing outside an agency."""
    agency = getattr(request, "agency", None)
    if agency is None:
        return {"agency": None, "member": None, "menu": []}
    in_console = getattr(request, "urlconf", None) == URLCONFS["a"]
    return {"agency": agency, "member": request.member, "menu": navigation.menu(request) if in_console else []}  # type: ignore[attr-defined]
