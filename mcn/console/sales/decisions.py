"""A file that was looked at: take it in, or drop it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.console.sales.imports import ImportView
from mcn.core.errors import DomainError
from mcn.sales.models import SalesImport
from mcn.settlements import preview


class Decision(ImportView):
    """A press of a button on the page of a previewed import; whoever comes second is told what the first did."""

    permission = "sales.import"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        sales_import = self.sales_import(pk)
        try:
            self.decide(sales_import)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("console:sales-import", args=[pk]))

    def decide(self, sales_import: SalesImport) -> None:
        """Raises DomainError if it cannot be done."""
        raise NotImplementedError


class TakeIn(Decision):
    """Start the import; its progress is on the same page."""

    def decide(self, sales_import: SalesImport) -> None:
        preview.take_in(actor=self.request.user, sales_import=sales_import)  # type: ignore[arg-type]


class Drop(Decision):
    """Remove the file; what it would have changed stays to be seen."""

    def decide(self, sales_import: SalesImport) -> None:
        preview.drop(actor=self.request.user, sales_import=sales_import)  # type: ignore[arg-type]
        messages.success(self.request, _("“%(file)s” was dropped.") % {"file": sales_import.file_name})
