"""One family of list, detail, create and edit pages for all master data: declare a `Resource`, register it."""

from mcn.console.generic.registry import register, resource_of, resources
from mcn.console.generic.resource import RelatedTab, Resource, Section, Tab

__all__ = ["RelatedTab", "Resource", "Section", "Tab", "register", "resource_of", "resources"]
