"""An address of the API without a permission of the list, or that could write, does not start."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver

from mcn.accounts.permissions import PERMISSIONS
from mcn.api.permissions import NamedPermission

WRITING = {"post", "put", "patch", "delete"}


def _views(patterns: list[Any]) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.pattern), pattern.callback


def problems(route: str, callback: Any) -> Iterator[CheckMessage]:
    """What is wrong with one address."""
    view = getattr(callback, "cls", None)
    if view is None:
        yield Error(f"{route} is no view of the API.", id="mcn.E101")
        return
    given = getattr(callback, "initkwargs", {})
    permission = given.get("permission") or getattr(view, "permission", "")
    if permission not in PERMISSIONS:
        yield Error(f"{route} names no permission of mcn.accounts.permissions ({permission!r}).", id="mcn.E102")
    if list(given.get("permission_classes") or view.permission_classes) != [NamedPermission]:
        yield Error(f"{route} does not ask for the permission it names.", id="mcn.E103")
    if WRITING & set(view.http_method_names) & set(dir(view)):
        yield Error(f"{route} could change something, and the API only reads.", id="mcn.E104")


@register()
def every_address_names_a_permission(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """mcn.E101–E104 for every address of the API."""
    patterns = import_module("mcn.api.urls").urlpatterns
    return [problem for route, callback in _views(patterns) for problem in problems(route, callback)]
