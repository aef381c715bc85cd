"""The resources of the console, in the order of registration."""

from typing import TYPE_CHECKING

from django.db.models import Model
from django.urls import URLPattern

from mcn.console import navigation

if TYPE_CHECKING:
    from mcn.console.generic.resource import Resource

_resources: dict[str, "Resource"] = {}


def register(resource_class: type["Resource"]) -> type["Resource"]:
    """Class decorator: the resource gets its addresses and its place in the sidebar."""
    resource = resource_class()
    known = _resources.get(resource.slug)
    if known is not None and type(known) is not resource_class:
        raise ValueError(f"two resources are called {resource.slug}")
    _resources[resource.slug] = resource
    if resource.area:
        navigation.add(
            resource.area,
            navigation.Item(
                resource.label_many,
                f"console:{resource.slug}",
                resource.view_permission,
                resource.order,
                resource.group,
            ),
        )
    return resource_class


def resources() -> list["Resource"]:
    """All registered resources."""
    return list(_resources.values())


def resource(slug: str) -> "Resource":
    """The resource with this slug. Raises KeyError."""
    return _resources[slug]


def resource_of(model: type[Model]) -> "Resource | None":
    """The resource that shows this model, if one does."""
    return next((one for one in _resources.values() if one.model is model), None)


def urlpatterns() -> list[URLPattern]:
    """The addresses of all resources."""
    return [pattern for one in _resources.values() for pattern in one.urlpatterns()]
