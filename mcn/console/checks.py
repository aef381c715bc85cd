"""A view that names no permission of the list does not start."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver

from mcn.accounts.permissions import PERMISSIONS

URLCONFS = ("config.urls_console", "config.urls_portal")


def callbacks(patterns: list[Any], before: str = "/") -> Iterator[tuple[str, Any]]:
    """Every (route, view) below `patterns`."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from callbacks(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def named_permissions(callback: Any) -> set[str] | None:
    """The permissions a view names; None for a view that is not ours."""
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None) or callback
    if not view.__module__.startswith("mcn."):
        return None
    given = getattr(callback, "view_initkwargs", None) or getattr(callback, "initkwargs", {})
    names: list[str] = [
        given.get(name) or getattr(view, name, None) or "" for name in ("permission", "change_permission")
    ]
    return {name for position, name in enumerate(names) if name or position == 0}


@register()
def every_view_names_a_permission(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """mcn.E001: a view inside an agency without a permission of the list."""
    return [
        Error(
            f"The view at {route} names no permission of mcn.accounts.permissions (it says {sorted(names)}).",
            id="mcn.E001",
        )
        for urlconf in URLCONFS
        for route, callback in callbacks(import_module(urlconf).urlpatterns)
        if (names := named_permissions(callback)) is not None and not names <= PERMISSIONS.keys()
    ]
