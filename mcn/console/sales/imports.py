"""Bring platform files in, and look at what they brought."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.accounts import audit
from mcn.commissions import desk
from mcn.console.generic.keyset import keyset_page
from mcn.console.sales import differences
from mcn.console.sales.forms import UploadForm, known_accounts
from mcn.console.views import ConsoleView
from mcn.core.downloads import private_download
from mcn.core.errors import DomainError
from mcn.core.platforms import Platform
from mcn.sales import selectors
from mcn.sales import services as sales
from mcn.sales.importers import FORMATS
from mcn.sales.models import EarningEvent, ImportDifference, SalesImport
from mcn.sales.own_formats import format_titles, own_formats
from mcn.sales.reading import SalesFileError, check_size
from mcn.settlements import intake
from mcn.tenancy import files

IMPORTS, IMPORT = "console:sales-imports", "console:sales-import"
State = SalesImport.State


def format_title(code: str, titles: dict[str, str]) -> str:
    """The format's name for people; the code itself where a later version no longer knows it."""
    return titles.get(code) or code or "–"


def formats_by_platform() -> list[tuple[str, list[str]]]:
    """The names of the known formats, the agency's own among them, under the platforms' names."""
    found: dict[str, list[str]] = {}
    for layout in [*FORMATS.values(), *own_formats()]:
        found.setdefault(layout.platform, []).append(str(layout.title))
    every = [(_("Every platform"), found[""])] if "" in found else []
    return [(str(label), found[code]) for code, label in Platform.choices if code in found] + every


class Upload(ConsoleView):
    """Choose or drop files; each becomes an import with its own job, or is looked at first."""

    permission = "sales.import"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(UploadForm(agency=request.agency))  # type: ignore[attr-defined]

    def answer(self, form: UploadForm, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Bring in platform files"),
            "crumbs": [(_("Imports"), reverse(IMPORTS))],
            "form": form,
            "formats": formats_by_platform(),
            "accounts": known_accounts(),
        }
        return self.page("console/sales/upload.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES, agency=request.agency)  # type: ignore[attr-defined]
        if not form.is_valid():
            return self.answer(form, 422)
        # Names of exports carry their day: the older one goes in first, whichever way the browser lists them.
        files = sorted(form.cleaned_data["upload"], key=lambda file: file.name or "")
        started = [pk for file in files if (pk := self.submit(file, form.cleaned_data))]
        if not started:
            return self.answer(form, 422)
        if form.cleaned_data["preview"] and len(started) == 1:
            return HttpResponseRedirect(reverse(IMPORT, args=started))
        return HttpResponseRedirect(f"{reverse(IMPORTS)}?new={','.join(map(str, started))}")

    def submit(self, file: UploadedFile, options: dict[str, Any]) -> int | None:
        """Start the import of one file, or the look at it; what cannot be started is said, and the others go on."""
        try:
            check_size(file.name or "", file.size or 0, settings.SALES_FILE_MAX_BYTES)
            sales_import, _job = intake.submit(
                actor=self.request.user,  # type: ignore[arg-type]
                name=file.name or "",
                source=file.file,  # type: ignore[arg-type]
                format=options["format"],
                account_id=options["account_id"].strip(),
                exported_at=options["exported_at"],
                preview=options["preview"],
            )
        except SalesFileError as error:
            messages.error(self.request, str(error))
            return None
        except DomainError as error:
            messages.error(self.request, f"{file.name}: {error}")
            return None
        return sales_import.pk


class ImportList(ConsoleView):
    """All imports, newest first. `?new=1,2` shows the progress of those just started."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = selectors.with_changes(SalesImport.objects.select_related("actor", "job"))
        state = request.GET.get("state", "")
        if state in State.values:
            rows = rows.filter(state=state)
        titles = format_titles()
        page = keyset_page(rows, by="created_at", at=request.GET.get("at", ""), size=25)
        started = [int(text) for text in request.GET.get("new", "").split(",") if text.isascii() and text.isdigit()]
        context = {
            "title": _("Imports"),
            "page": page,
            "rows": [(row, format_title(row.read_as, titles), self.change_of(row)) for row in page.rows],
            "state": state,
            "states": State.choices,
            "started": SalesImport.objects.filter(pk__in=started[:50])
            .select_related("job", "unmapped_file")
            .order_by("pk"),
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        return self.page("console/sales/imports.html", context)

    @staticmethod
    def change_of(sales_import: SalesImport) -> ImportDifference | None:
        """What the import changed, or would change if it were taken in; nothing of a dropped one."""
        found = getattr(sales_import, "difference", None)
        return found if sales_import.state in (State.DONE, State.PREVIEWED) else None


class ImportView(ConsoleView):
    """A page about one import of the agency."""

    permission = "sales.view"

    def sales_import(self, pk: int) -> SalesImport:
        return get_object_or_404(SalesImport.objects.select_related("actor", "job", "unmapped_file"), pk=pk)


class ImportProgress(ImportView):
    """The fragment that a page asks for while the import runs, and its outcome afterwards."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        sales_import = self.sales_import(pk)
        response = self.page("console/sales/_import_card.html", {"import": sales_import})
        if sales_import.job is None or not sales_import.job.is_open:
            if request.htmx.current_url_abs_path == reverse(IMPORT, args=[pk]):  # type: ignore[attr-defined]
                response["HX-Refresh"] = "true"  # the import's own page tells what came of it
            else:
                response["HX-Trigger"] = "import-ended"  # the list below tells the outcome, too
        return response


class ImportDetail(ImportView):
    """What the file was, how it was read, and what it changed; of one that was looked at, what it would change."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        sales_import = self.sales_import(pk)
        counts = sales_import.counts
        found = differences.difference_of(sales_import)
        shown = found and differences.shown(found, request.agency.first_period)  # type: ignore[attr-defined]
        kinds = counts.get("kinds", {})
        context = {
            "title": sales_import.file_name,
            "crumbs": [(_("Imports"), reverse(IMPORTS))],
            "import": sales_import,
            "format_title": format_title(sales_import.format or (found.format if found else ""), format_titles()),
            "told": sales_import.state in (State.DONE, State.PREVIEWED, State.DROPPED),
            "difference": shown,
            "counts": counts,
            "kinds": [(label, kinds[code]) for code, label in EarningEvent.Kind.choices if kinds.get(code)],
            "months": sorted(counts.get("months", {}).items()),
            "unmatched": desk.of_import(pk),
            "refused": self.first_refused(sales_import),
            "has_file": bool(sales_import.stored_path) and sales_import.state == State.DONE,
        }
        return self.page("console/sales/import.html", context)

    @staticmethod
    def first_refused(sales_import: SalesImport) -> list[str]:
        """Place and reason of the first refused rows, in the language of the import."""
        if not sales_import.rejected_file:
            return []
        return sales.first_refused(files.path_of(sales_import.rejected_file), sales.SHOWN_REASONS)


class ImportFile(ImportView):
    """The file of a done import as it was brought in, for those who may import; each download is in the audit trail."""

    permission = "sales.import"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        sales_import = self.sales_import(pk)
        stored = sales_import.stored_path if sales_import.state == State.DONE else ""
        return self.hand_out(sales_import, stored, sales_import.file_name)

    def hand_out(self, sales_import: SalesImport, stored: str, name: str) -> FileResponse:
        if not stored or not files.path_of(stored).is_file():
            raise Http404
        audit.record(actor=self.request.user, action="download", target=sales_import)  # type: ignore[arg-type]
        return private_download(files.path_of(stored).open("rb"), name)


class RejectedRows(ImportFile):
    """The rows that were refused, with their place and reason."""

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        sales_import = self.sales_import(pk)
        stem = sales_import.file_name.rsplit(".", 1)[0]
        return self.hand_out(sales_import, sales_import.rejected_file, f"{stem}-rejected.csv")
