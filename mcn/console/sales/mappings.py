"""Column mappings: the list, one of them with its versions, and the file that a new one begins with."""

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.console.numbers import row_id
from mcn.console.sales.mapping_forms import TIMES, UNITS, FileToMapForm
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.sales import services as sales
from mcn.sales.importers.layouts import MEANINGS, ROWS, WITHOUT_STATUS, Layout, states_of
from mcn.sales.importers.mapped import PREFIX
from mcn.sales.models import ColumnMapping, MappingVersion, SalesImport, UnmappedFile
from mcn.sales.own_formats import code_of
from mcn.sales.reading import SalesFileError, check_size

MAPPINGS = "console:sales-mappings"
SHOWN_IMPORTS = 10


def mapping_crumbs() -> list[tuple[str, str]]:
    return [(_("Column mappings"), reverse(MAPPINGS))]


class MappingList(ConsoleView):
    """All mappings, and the files that wait to be mapped."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = ColumnMapping.objects.annotate(version=Max("versions__number")).order_by("-is_active", "name", "pk")
        waiting = UnmappedFile.objects.select_related("actor").order_by("-created_at", "-pk")[:50]
        context = {
            "title": _("Column mappings"),
            "rows": rows,
            "waiting": [(unmapped, sales.kept_until(unmapped)) for unmapped in waiting],
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        return self.page("console/sales/mappings.html", context)


class MappingDetail(ConsoleView):
    """What the columns mean, version by version, and the imports that each read."""

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        mapping = get_object_or_404(ColumnMapping, pk=pk)
        versions = mapping.versions.select_related("mapping", "created_by").order_by("-number")
        read = SalesImport.objects.filter(format__startswith=f"{PREFIX}{pk}:")
        context = {
            "title": mapping.name,
            "crumbs": mapping_crumbs(),
            "mapping": mapping,
            "versions": [version_in_words(version) for version in versions],
            "imports": read.order_by("-created_at", "-pk")[:SHOWN_IMPORTS],
            "imports_in_all": read.count(),
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        return self.page("console/sales/mapping.html", context)


class MappingState(ConsoleView):
    """Take a mapping out of use, or into use again."""

    permission = "sales.import"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        mapping = get_object_or_404(ColumnMapping, pk=pk)
        try:
            sales.mapping_set_active(
                actor=request.user,  # type: ignore[arg-type]
                mapping=mapping,
                is_active=request.POST.get("to") == "active",
            )
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("console:sales-mapping", args=[pk]))


class FileToMap(ConsoleView):
    """Bring in the file that a mapping is made with; `?mapping=` for a new version of one."""

    permission = "sales.import"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(FileToMapForm(agency=request.agency))  # type: ignore[attr-defined]

    def answer(self, form: FileToMapForm, status: int = 200) -> HttpResponse:
        changed = chosen_mapping(self.request)
        title = _("New version of “%(mapping)s”") % {"mapping": changed.name} if changed else _("Map a file")
        context = {"title": title, "crumbs": mapping_crumbs(), "form": form, "changed": changed}
        return self.page("console/sales/mapping_upload.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FileToMapForm(request.POST, request.FILES, agency=request.agency)  # type: ignore[attr-defined]
        if not form.is_valid():
            return self.answer(form, 422)
        file = form.cleaned_data["upload"]
        try:
            check_size(file.name or "", file.size or 0, sales.MOST_BYTES)
            unmapped = sales.store_to_map(
                actor=request.user,  # type: ignore[arg-type]
                name=file.name or "",
                source=file.file,
                exported_at=form.cleaned_data["exported_at"],
            )
        except SalesFileError as error:
            form.add_error("upload", str(error))
            return self.answer(form, 422)
        changed = chosen_mapping(request)
        query = f"?mapping={changed.pk}" if changed else ""
        return HttpResponseRedirect(reverse("console:sales-mapping-file", args=[unmapped.pk]) + query)


class RemoveFile(ConsoleView):
    """Delete a file that waits to be mapped."""

    permission = "sales.import"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sales.remove_unmapped(get_object_or_404(UnmappedFile, pk=pk))
        return HttpResponseRedirect(reverse(MAPPINGS))


def chosen_mapping(request: HttpRequest) -> ColumnMapping | None:
    """The mapping in use that the address asks to change; none where it names no such one."""
    return ColumnMapping.objects.filter(pk=row_id(request.GET.get("mapping", "")), is_active=True).first()


def version_in_words(version: MappingVersion) -> dict[str, Any]:
    """A version as people read it: each meaning with its column and unit, the words of the status, the rest."""
    layout = Layout.of(version.layout)
    columns = []
    for meaning, told in MEANINGS.items():
        if meaning in layout.columns:
            unit = UNITS[layout.unit(meaning)] if told.kind in ("amount", "commission") else ""
            columns.append((told.label, layout.columns[meaning], unit if not meaning.endswith("_2") else ""))
    notes = [] if layout.rows == "lines" else [str(ROWS[layout.rows])]
    notes.append(_("Times: %(how)s") % {"how": TIMES[layout.times]})
    if layout.without_status:
        notes.append(str(WITHOUT_STATUS[layout.without_status]))
    if layout.account_from == "given":
        notes.append(_("The account is given with each import."))
    if layout.net:
        notes.append(_("The commission is net of the platform's fee."))
    elif "set_fee" not in layout.columns and layout.settles:
        notes.append(_("The fee is derived from the agency's rate."))
    if layout.own_list:
        notes.append(_("The agency's own list."))
    if layout.falls_elsewhere:
        notes.append(_("Refunds come in a list of their own."))
    return {
        "version": version,
        "code": code_of(version),
        "columns": columns,
        "states": [(word, states_of(layout.rows)[state]) for word, state in layout.states.items()],
        "notes": notes,
    }
