"""The four pages of a resource: list, detail, create, edit."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.accounts import audit
from mcn.accounts.models import AuditEntry
from mcn.console import trail
from mcn.console.generic import display, export, filters, tables
from mcn.console.generic.registry import resource as resource_by_slug
from mcn.console.generic.resource import RelatedTab, Resource
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError

PAGE_SIZES = (25, 50, 100)
HISTORY = 50


class ResourceView(ConsoleView):
    """A page of a resource; the address' declaration gives the resource and the permission."""

    resource: Resource = None  # type: ignore[assignment]

    def record(self, pk: int) -> Any:
        """The agency's record; another agency's is not found."""
        return get_object_or_404(self.resource.rows(self.request), pk=pk)

    def crumbs(self, *more: tuple[Any, str]) -> list[tuple[Any, str]]:
        return [(self.resource.label_many, self.resource.url()), *more]


class RecordList(ResourceView):
    """Filters, sorts, searches, pages, and exports what it shows. htmx takes the list alone."""

    def get(self, request: HttpRequest) -> HttpResponse:
        resource = self.resource
        everything = resource.rows(request)
        words = request.GET.get("q", "").strip()
        filtering = filters.filterset_class(resource.model, resource.filters)(
            request.GET, queryset=everything, request=request
        )
        usable = filtering.is_valid()
        rows = filters.search(filtering.qs if usable else everything.none(), words, resource.search)
        table = self.table(rows)
        if request.GET.get("export") == "csv":
            return self.download(request, table)
        paginator = Paginator(table.rows, self.page_size(request))
        page = paginator.get_page(request.GET.get("page"))
        table.page = page
        table.paginator = paginator
        filtered = bool(words) or any(request.GET.get(name) for name in filtering.filters)
        context = {
            "title": resource.label_many,
            "resource": resource,
            "table": table,
            "page": page,
            "pages": paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
            "page_sizes": PAGE_SIZES,
            "filters": filtering.form,
            "words": words,
            "filtered": filtered,
            "all_url": resource.url(),
            "new_url": resource.url("new") if resource.may_create(request.member) else "",  # type: ignore[attr-defined]
            "live": True,
        }
        part = request.htmx and request.htmx.target == "list"  # type: ignore[attr-defined]
        response = self.page("console/generic/_list.html" if part else "console/generic/list.html", context)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def table(self, rows: QuerySet) -> tables.RecordTable:
        made = tables.table_class(self.resource.model, self.resource.columns, self.resource.detail_url)
        table = made(rows, order_by=self.request.GET.get("sort") or None)
        table.member = self.request.member  # type: ignore[attr-defined]
        return table

    @staticmethod
    def page_size(request: HttpRequest) -> int:
        asked = request.GET.get("size", "")
        return int(asked) if asked in map(str, PAGE_SIZES) else PAGE_SIZES[0]

    def download(self, request: HttpRequest, table: tables.RecordTable) -> HttpResponse:
        if len(table.rows) > export.LIMIT:
            messages.error(
                request,
                _("The list has more than %(limit)s rows. Narrow it by filters before exporting.")
                % {"limit": f"{export.LIMIT:,}"},
            )
            return HttpResponseRedirect(self.resource.url())
        agency = request.agency  # type: ignore[attr-defined]
        return export.csv_response(f"{agency.slug}-{self.resource.slug}", table.as_values())


class RecordDetail(ResourceView):
    """The record's fields in sections, its relations and its history in tabs."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        resource, record, member = self.resource, self.record(pk), request.member  # type: ignore[attr-defined]
        tabs = [tab for tab in resource.tabs if not tab.permission or member.can(tab.permission)]
        known = {tab.slug: tab for tab in tabs}
        chosen = request.GET.get("tab", "")
        context: dict[str, Any] = {
            "title": str(record),
            "resource": resource,
            "record": record,
            "crumbs": self.crumbs(),
            "actions": resource.actions(request, record),
            "edit_url": resource.url("edit", record) if resource.may_change(member, record) else "",
        }
        if chosen in known:
            context |= self.tab_context(known[chosen], record)
        elif chosen == "history" and member.can("audit.view"):
            context |= {"body": "console/generic/_history.html", "entries": self.history(record)}
        else:
            chosen = ""
            context |= {"body": resource.overview, "sections": self.sections(record)}
            context |= resource.overview_context(request, record)
        context["tabs"] = [
            {"label": _("Overview"), "url": "?", "current": not chosen},
            *({"label": self.label(tab), "url": f"?tab={tab.slug}", "current": tab.slug == chosen} for tab in tabs),
        ]
        if member.can("audit.view"):
            context["tabs"].append({"label": _("History"), "url": "?tab=history", "current": chosen == "history"})
        return self.page("console/generic/detail.html", context)

    @staticmethod
    def label(tab: Any) -> Any:
        return tab.label or resource_by_slug(tab.resource).label_many

    def sections(self, record: Any) -> list[dict[str, Any]]:
        """The sections that say something; the first one always."""
        member = self.request.member  # type: ignore[attr-defined]
        filled = [
            {
                "title": section.title,
                "facts": [
                    (display.label_of(type(record), name), display.show(record, name, member=member))
                    for name in section.fields
                ],
            }
            for section in self.resource.sections
        ]
        return filled[:1] + [one for one in filled[1:] if any(value != "–" for _label, value in one["facts"])]

    def tab_context(self, tab: Any, record: Any) -> dict[str, Any]:
        if not isinstance(tab, RelatedTab):
            return {"body": tab.template, **tab.context(self.request, record)}
        other = resource_by_slug(tab.resource)
        target = getattr(record, tab.via) if tab.via else record
        rows = other.rows(self.request).filter(**{tab.lookup: target})
        columns = tab.columns or tuple(column for column in other.columns if column != tab.lookup)
        table = tables.table_class(other.model, columns, other.detail_url)(rows)
        table.sortable = False
        table.member = self.request.member  # type: ignore[attr-defined]
        table.page = Paginator(table.rows, PAGE_SIZES[-1]).page(1)
        return {
            "body": "console/generic/_related.html",
            "other": other,
            "table": table,
            "more": f"{other.url()}?{tab.lookup}={target.pk}" if tab.lookup in other.filters else "",
            "add": f"{other.url('new')}?{tab.lookup}={target.pk}" if other.may_create(table.member) else "",
        }

    def history(self, record: Any) -> list[dict[str, Any]]:
        """The record's audit entries, newest first, with each changed field from what to what."""
        entries = AuditEntry.objects.filter(
            agency=self.request.agency,  # type: ignore[attr-defined]
            target=record._meta.label_lower,
            target_id=record.pk,
        ).order_by("-at")[:HISTORY]
        return [
            {
                "at": entry.at,
                "title": f"{trail.who(entry)} · {audit.action_label(entry.action)}",
                "changes": trail.changes(type(record), entry),
            }
            for entry in entries
        ]


class RecordWrite(ResourceView):
    """A form whose clean data goes to a service; what the service refuses is shown at its field."""

    heading = ""

    def form(self, record: Any, data: Any = None) -> Any:
        request = self.request
        locked = self.resource.locked if record is not None else ()
        return self.resource.form()(
            data,
            instance=record,
            agency=request.agency,  # type: ignore[attr-defined]
            locked=tuple(name for name in locked if name in self.resource.fields),
            initial={name: request.GET[name] for name in self.resource.fields if name in request.GET},
        )

    def answer(self, form: Any, record: Any, status: int = 200) -> HttpResponse:
        more = [(str(record), self.resource.detail_url(record))] if record is not None else []
        title = _("Edit %(record)s") % {"record": record} if record is not None else self.new_title()
        context = {
            "title": title,
            "resource": self.resource,
            "form": form,
            "crumbs": self.crumbs(*more),
            "back": self.resource.detail_url(record) if record is not None else self.resource.url(),
        }
        return self.page(self.resource.form_template, context, status)

    def new_title(self) -> str:
        return _("New: %(kind)s") % {"kind": self.resource.label}

    @staticmethod
    def place(form: Any, error: DomainError) -> str | None:
        """The form field that the error is about: services name amounts without their unit, and a part of personal
        data behind a dot."""
        names = (error.field, f"{error.field}_fen", (error.field or "").replace(".", "_"))
        return next((name for name in names if name in form.fields), None)

    def write(self, form: Any, pk: int | None) -> HttpResponse:
        record = self.record(pk) if pk is not None else None
        if not form.is_valid():
            return self.answer(form, record, 422)
        actor = self.request.user
        try:
            with transaction.atomic():
                if record is None:
                    saved = self.resource.create(actor=actor, data=form.cleaned_data)
                else:
                    saved = self.resource.change(actor=actor, record=record, data=form.cleaned_data)
        except DomainError as error:
            form.add_error(self.place(form, error), capfirst(str(error)))
            return self.answer(form, record, 422)
        except IntegrityError as error:
            rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "–"
            message = _("These values contradict each other or another record (rule %(rule)s).")
            form.add_error(None, message % {"rule": rule})
            return self.answer(form, record, 422)
        messages.success(
            self.request,
            _("%(kind)s %(record)s has been saved.") % {"kind": capfirst(str(self.resource.label)), "record": saved},
        )
        return HttpResponseRedirect(self.resource.detail_url(saved))


class RecordCreate(RecordWrite):
    """A new record; values in the address (?brand=7) are filled in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(self.form(None), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        return self.write(self.form(None, request.POST), None)


class RecordEdit(RecordWrite):
    """An existing record."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self.record(pk)
        return self.answer(self.form(record), record)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.write(self.form(self.record(pk), request.POST), pk)
