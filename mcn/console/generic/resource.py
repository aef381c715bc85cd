"""What a kind of record needs to have pages: a declaration, and the services that write."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from mcn.console.generic import forms
from mcn.console.generic.registry import resource


@dataclass(frozen=True)
class Section:
    """A card of the detail page: a title and the names of fields or properties."""

    title: Any
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Tab:
    """A further tab of the detail page. `context` (request, record → dict) feeds `template`."""

    slug: str
    label: Any
    template: str
    context: Callable[[HttpRequest, Any], dict[str, Any]]
    permission: str = ""


@dataclass(frozen=True)
class RelatedTab:
    """A tab that lists another resource's records which refer to this one.

    `lookup` is the referring field's name; `columns` replaces the other resource's own choice of columns.
    Where they refer to something that this record points at (an anchor's payee), `via` names that field.
    """

    resource: str
    lookup: str
    label: Any = None
    columns: tuple[Any, ...] = ()
    via: str = ""

    @property
    def slug(self) -> str:
        return self.resource

    @property
    def permission(self) -> str:
        return resource(self.resource).view_permission


@dataclass(frozen=True)
class Action:
    """A button of the detail page: a link, or a POST with an optional question before it."""

    label: Any
    url: str
    icon: str = ""
    post: bool = False
    question: Any = ""
    tone: str = "primary"
    values: dict[str, str] = field(default_factory=dict)


class Resource:
    """Declares the pages of one model; subclass, fill in, and `@register`.

    Without `fields` (or without `create`) a record cannot be made or edited here: lists and details only.
    `locked` fields are fixed once the record exists, as public codes are.
    """

    model: ClassVar[type[Model]]
    slug: ClassVar[str]
    area: ClassVar[str] = ""
    group: ClassVar[str] = ""
    icon: ClassVar[str] = "folder"
    order: ClassVar[int] = 50
    view_permission: ClassVar[str]
    change_permission: ClassVar[str] = ""

    columns: ClassVar[tuple[Any, ...]] = ()
    search: ClassVar[tuple[str, ...]] = ()
    filters: ClassVar[tuple[Any, ...]] = ()
    ordering: ClassVar[tuple[str, ...]] = ("code",)
    select_related: ClassVar[tuple[str, ...]] = ()
    lead: ClassVar[Any] = ""
    empty_why: ClassVar[Any] = _("None has been entered yet, and no import or agency file brought one.")

    fields: ClassVar[tuple[str, ...]] = ()
    locked: ClassVar[tuple[str, ...]] = ("code",)
    form_base: ClassVar[type[forms.RecordForm]] = forms.RecordForm
    creates: ClassVar[bool] = True

    form_template: ClassVar[str] = "console/generic/form.html"

    sections: ClassVar[tuple[Section, ...]] = ()
    overview: ClassVar[str] = "console/generic/_sections.html"
    tabs: ClassVar[tuple[Any, ...]] = ()

    # ── Words ─────────────────────────────────────────────────────────────────────────────────────
    @property
    def label(self) -> Any:
        """One record, for example "brand"."""
        return self.model._meta.verbose_name

    @property
    def label_many(self) -> Any:
        """Many records, as a heading."""
        return _Capitalised(self.model._meta.verbose_name_plural)

    # ── Reads ─────────────────────────────────────────────────────────────────────────────────────
    def rows(self, request: HttpRequest) -> QuerySet:
        """The agency's records. The manager is scoped already; the filter is written all the same."""
        rows = self.model._default_manager.filter(agency=request.agency)  # type: ignore[attr-defined]
        return rows.select_related(*self.select_related).order_by(*self.ordering)

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        """Buttons of the detail page besides "Edit"."""
        return []

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What `overview`, the template of the detail page's first tab, needs besides the sections."""
        return {}

    # ── Writes: a service each, which raises DomainError where a rule is broken ──────────────────
    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        """Make a record from the form's clean data and return it."""
        raise NotImplementedError(f"{type(self).__name__} declares fields but no create()")

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        """Change `record` (as it stands in the database) to the form's clean data and return it."""
        raise NotImplementedError(f"{type(self).__name__} declares fields but no change()")

    def form(self) -> type[forms.RecordForm]:
        """The form's class, in the reader's language."""
        return forms.form_class(self.model, self.fields, self.form_base)

    def may_create(self, member: Any) -> bool:
        return bool(self.fields and self.creates and self.change_permission) and member.can(self.change_permission)

    def may_change(self, member: Any, record: Any) -> bool:
        return bool(self.fields and self.change_permission) and member.can(self.change_permission)

    # ── Addresses ─────────────────────────────────────────────────────────────────────────────────
    def url(self, page: str = "", record: Any = None) -> str:
        """The address of the list (no page) or of `detail`, `new`, `edit`."""
        name = f"console:{self.slug}-{page}" if page else f"console:{self.slug}"
        return reverse(name, args=[record.pk] if record is not None else None)

    def detail_url(self, record: Any) -> str:
        return self.url("detail", record)

    def urlpatterns(self) -> list[URLPattern]:
        """The list, and what the declaration allows besides."""
        from mcn.console.generic import views

        def page(route: str, view: Any, name: str, permission: str) -> URLPattern:
            return path(f"{self.slug}/{route}", view.as_view(resource=self, permission=permission), name=name)

        patterns = [page("", views.RecordList, self.slug, self.view_permission)]
        if self.fields and self.creates:
            patterns.append(page("new/", views.RecordCreate, f"{self.slug}-new", self.change_permission))
        patterns.append(page("<int:pk>/", views.RecordDetail, f"{self.slug}-detail", self.view_permission))
        if self.fields:
            patterns.append(page("<int:pk>/edit/", views.RecordEdit, f"{self.slug}-edit", self.change_permission))
        return patterns


class _Capitalised:
    """A lazy text with a capital first letter, for headings made before the language is known."""

    def __init__(self, text: Any) -> None:
        self.text = text

    def __str__(self) -> str:
        return capfirst(str(self.text))
