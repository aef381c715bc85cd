"""The page on which the columns of a file are named, with what the product would read of it beside."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.console.sales.forms import known_accounts
from mcn.console.sales.imports import IMPORTS
from mcn.console.sales.mapping_forms import MappingForm
from mcn.console.sales.mappings import chosen_mapping, mapping_crumbs
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.sales import services as sales
from mcn.sales.importers.layouts import MEANINGS, REFUND_STATES, Layout, signature
from mcn.sales.importers.mapped import mapped_format
from mcn.sales.importers.proposals import header_row, known_format, proposed
from mcn.sales.importers.trial import MOST_ROWS, Sample, Trial, TrialRow
from mcn.sales.models import ColumnMapping, OrderLine, UnmappedFile
from mcn.sales.own_formats import code_of, format_of, newest_versions
from mcn.sales.reading import SalesFileError
from mcn.sales.reading.errors import row_reason_text
from mcn.sales.services.unmapped import TablePreview
from mcn.settlements import intake

_SHOWN_ROWS = 8  # of the beginning of the table, unless its header stands lower
_STATES = {state.name.lower(): state.label for state in OrderLine.Status} | REFUND_STATES


class MapFile(ConsoleView):
    """Name the columns, look at the result, save it as a mapping and bring the file in.

    The form holds everything: each change asks for the page anew, and nothing is written before it is saved. The
    address says which table and row (`table`, `header`), and which mapping gets a new version (`mapping`).
    """

    permission = "sales.import"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(get_object_or_404(UnmappedFile, pk=pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(get_object_or_404(UnmappedFile, pk=pk))

    def answer(self, unmapped: UnmappedFile) -> HttpResponse:
        try:
            tables = sales.tables_of(unmapped)
            table = self.number("table", len(tables))
            header = self.number("header", len(tables[table].rows), default=header_row(tables[table].rows))
            sample = sales.sample_of(unmapped, table, header)
        except SalesFileError as error:
            messages.error(self.request, str(error))
            return HttpResponseRedirect(reverse("console:sales-mappings"))
        changed = chosen_mapping(self.request)
        form = MappingForm(self.given(sample, changed), sample=sample)
        usable = form.is_valid()
        saving = self.request.POST.get("do") == "save"
        errors: dict[str, Any] = {"other": []}
        if saving and not usable:
            errors["other"].append(_("Something is missing above."))
        if saving and usable:
            try:
                return self.save(unmapped, form, sample, changed)
            except DomainError as error:
                if error.field == "name" and changed is None:
                    errors["name"] = str(error)
                else:
                    errors["other"].append(str(error))
        context = {
            "title": _("Name the columns of “%(file)s”") % {"file": unmapped.file_name},
            "crumbs": mapping_crumbs(),
            "unmapped": unmapped,
            "tables": [(place, named(each)) for place, each in enumerate(tables)],
            "table": table,
            "preview": first_rows(tables[table], header),
            "header": header,
            "changed": changed,
            "near": [] if changed else near_mappings(sample),
            "built_in": known_format(sample.headers),
            "form": form,
            "trial": self.trial(form, sample) if usable else None,
            "account_is_asked": form.layout().account_from in ("name", "given") if usable else False,
            "account_is_needed": form.layout().account_from == "given" if usable else False,
            "accounts": known_accounts(),
            "name": self.request.POST.get("name", ""),
            "account_id": self.request.POST.get("account_id", unmapped.account_id),
            "errors": errors,
            "kept_until": sales.kept_until(unmapped),
        }
        return self.page("console/sales/mapping_file.html", context, 422 if saving else 200)

    def number(self, name: str, below: int, default: int = 0) -> int:
        """A place that the address names, as far as there is such a one."""
        text = self.request.GET.get(name, "")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else default
        return number if number < below else default

    def given(self, sample: Sample, changed: ColumnMapping | None) -> Any:
        """What the form holds: what was sent, else the mapping that is changed, else what seems probable."""
        if self.request.method == "POST":
            data = self.request.POST.copy()
            if changed is not None:
                data["platform"] = changed.platform
            return data
        if changed is not None:
            newest = changed.versions.order_by("-number").first()
            if newest is not None:
                return MappingForm.data_of(Layout.of(newest.layout), changed.platform)
        return MappingForm.data_of(*proposed(sample))

    def trial(self, form: MappingForm, sample: Sample) -> dict[str, Any]:
        """What the product would read of the rows, in words."""
        agency = self.request.agency  # type: ignore[attr-defined]
        platform = form.cleaned_data["platform"]
        layout = mapped_format(form.layout(), code="", platform=platform, title="", headers=sample.headers)
        found = sample.read(layout, zone=agency.timezone, exported_at=None)
        return {
            "found": found,
            "rows": [in_words(row) for row in found.rows],
            "refused": [(row_reason_text(code, "…"), count) for code, count in found.refused.most_common()],
            "left_out": [(row_reason_text(code), count) for code, count in found.left_out.most_common()],
            "refused_rows": found.refused.total(),
            "only_first": None if sample.is_whole else MOST_ROWS,
            "sums": sums_in_words(found),
        }

    def save(
        self, unmapped: UnmappedFile, form: MappingForm, sample: Sample, changed: ColumnMapping | None
    ) -> HttpResponse:
        """Save the mapping and hand the file to an import. Raises DomainError; then neither is done."""
        actor: Any = self.request.user
        with transaction.atomic():
            if changed is not None:
                version = sales.mapping_change(
                    actor=actor, mapping=changed, layout=form.layout(), headers=sample.headers
                )
            else:
                version = sales.mapping_create(
                    actor=actor,
                    name=self.request.POST.get("name", ""),
                    platform=form.cleaned_data["platform"],
                    layout=form.layout(),
                    headers=sample.headers,
                )
            started, _job = intake.submit_mapped(
                actor=actor,
                unmapped=unmapped,
                format=code_of(version),
                account_id=self.request.POST.get("account_id", "").strip()[:80],
            )
        messages.success(self.request, _("Saved. Files with these headers are recognised from now on."))
        return HttpResponseRedirect(f"{reverse(IMPORTS)}?new={started.pk}")


def named(table: TablePreview) -> str:
    """A table by its file and sheet."""
    return f"{table.file} · {table.sheet}" if table.sheet else table.file


def first_rows(table: TablePreview, header: int) -> list[tuple[int, list[str]]]:
    """The beginning of a table down to some rows below its header, each with its place."""
    return list(enumerate(table.rows[: max(_SHOWN_ROWS, header + 4)]))


def near_mappings(sample: Sample) -> list[tuple[ColumnMapping, bool]]:
    """Mappings all of whose columns the file has, and whether its other headers are theirs too."""
    headers, known_by = set(sample.headers), signature(sample.headers)
    return [
        (version.mapping, format_of(version).headers == known_by)
        for version in newest_versions()
        if headers >= {*Layout.of(version.layout).columns.values()}
    ]


def in_words(row: TrialRow) -> dict[str, Any]:
    """A row of the trial for the page."""
    if row.line is None:
        told = {"number": row.number, "reason": row_reason_text(row.code, row.value), "column": row.column}
        return told | {"refused": row.code not in ("totals_row", "not_paid")}
    return {"number": row.number, "line": row.line, "status": _STATES[row.line["status"]]}


def sums_in_words(found: Trial) -> list[tuple[Any, int | None]]:
    """The sums of the normalised amounts, by the words of their columns; those that the file has not are left out."""
    return [(MEANINGS[name].label, fen) for name, fen in found.sums.items() if fen is not None]
