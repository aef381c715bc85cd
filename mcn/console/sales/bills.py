"""What the platforms' bills say: typed day by day, brought in as a file, withdrawn."""

from collections import Counter
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.accounts.keeping import CHANGED, CREATED, UNCHANGED
from mcn.console.sales.forms import BillFileForm, BillForm, known_accounts
from mcn.console.sales.reconciliation import PAGE, Chosen
from mcn.console.uploads import on_disk
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.core.periods import Period
from mcn.core.platforms import Platform
from mcn.sales import bill_files, reconciliation
from mcn.sales.models import PlatformBill
from mcn.sales.services import BilledDay, bill_withdraw, bills_save
from mcn.settlements import overview

SHOWN_FAULTS = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Bill(ConsoleView):
    """One day's bill, typed; the address may name the day, whose bill is then shown."""

    permission = "sales.import"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET
        bill = self.known(
            asked.get("platform", ""), asked.get("account", ""), asked.get("day", ""), asked.get("measure", "")
        )
        given = ("platform", "account", "day", "measure")
        initial: dict[str, Any] = {name: asked[name] for name in given if name in asked}
        if bill is not None and not bill.is_withdrawn:
            initial |= {"amount_fen": bill.amount_fen, "count": bill.count}
        return self.answer(BillForm(initial=initial), bill)

    def answer(self, form: BillForm, bill: PlatformBill | None = None, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Enter a platform's bill"),
            "crumbs": [(_("Reconciliation"), reverse(PAGE))],
            "form": form,
            "accounts": known_accounts(),
            "bill": bill if bill is not None and not bill.is_withdrawn else None,
        }
        return self.page("console/sales/bill.html", context, status)

    @staticmethod
    def known(platform: str, account: str, day: str, measure: str) -> PlatformBill | None:
        """The bill of the day that the address names."""
        try:
            on = date.fromisoformat(day)
        except ValueError:
            return None
        return PlatformBill.objects.filter(platform=platform, account_key=account, day=on, measure=measure).first()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BillForm(request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        data = form.cleaned_data
        text = data["account"].strip()
        account = reconciliation.accounts_by_text(data["platform"]).get(text, text)
        row = BilledDay(account, data["day"], data["amount_fen"], data["count"])
        try:
            bills_save(actor=request.user, platform=data["platform"], measure=data["measure"], rows=[row])  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, status=422)
        messages.success(request, _("The bill of %(day)s is kept.") % {"day": f"{data['day']:%Y-%m-%d}"})
        return HttpResponseRedirect(Chosen(Period.of(data["day"]), data["measure"], data["platform"], account).link())


class BillWithdraw(ConsoleView):
    """Take back a day's bill that was wrong altogether."""

    permission = "sales.import"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        bill = get_object_or_404(PlatformBill, pk=pk)
        try:
            bill_withdraw(actor=request.user, bill_id=pk)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The bill of %(day)s is withdrawn.") % {"day": f"{bill.day:%Y-%m-%d}"})
        return HttpResponseRedirect(Chosen(Period.of(bill.day), bill.measure, bill.platform, bill.account_key).link())


class BillUpload(ConsoleView):
    """A bill as a file: all of it is kept, or nothing and each fault is named."""

    permission = "sales.import"

    def get(self, request: HttpRequest) -> HttpResponse:
        names = ("platform", "measure")
        return self.answer(BillFileForm(initial={name: request.GET[name] for name in names if name in request.GET}))

    def answer(self, form: BillFileForm, faults: list[str] | None = None, status: int = 200) -> HttpResponse:
        faults = faults or []
        context = {
            "title": _("Bring in a platform's bill"),
            "crumbs": [(_("Reconciliation"), reverse(PAGE))],
            "form": form,
            "faults": faults[:SHOWN_FAULTS],
            "more": len(faults) - SHOWN_FAULTS,
            "columns": [
                (label, bill_files.NAMES[meaning], meaning in bill_files.NEEDED)
                for meaning, label in bill_files.LABELS.items()
            ],
            "platforms": Platform.choices,
            "measures": PlatformBill.Measure.choices,
            "months": overview.known_months(),
        }
        return self.page("console/sales/bill_upload.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = BillFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.answer(form, status=422)
        data = form.cleaned_data
        try:
            found = self.read(data["upload"], data["platform"])
            if found.faults:
                return self.answer(form, found.faults, 422)
            if not found.rows:
                form.add_error("upload", _("No row of the file has an amount."))
                return self.answer(form, status=422)
            outcomes = bills_save(
                actor=request.user,  # type: ignore[arg-type]
                platform=data["platform"],
                measure=data["measure"],
                rows=found.rows,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, status=422)
        messages.success(request, self.told(outcomes))
        month = Period.of(max(row.day for row in found.rows))
        return HttpResponseRedirect(Chosen(month, data["measure"], data["platform"], None).link())

    def read(self, file: UploadedFile, platform: str) -> bill_files.BillFile:
        with on_disk(file) as path:
            return bill_files.read_bill(
                path,
                name=file.name or "",
                zone=self.request.agency.zone,  # type: ignore[attr-defined]
                accounts=reconciliation.accounts_by_text(platform),
            )

    @staticmethod
    def told(outcomes: Counter[str]) -> str:
        return _("Days of the bill: %(created)s new, %(changed)s corrected, %(unchanged)s unchanged.") % {
            "created": f"{outcomes[CREATED]:,}",
            "changed": f"{outcomes[CHANGED]:,}",
            "unchanged": f"{outcomes[UNCHANGED]:,}",
        }


class BillTemplate(ConsoleView):
    """A workbook to fill in: the days and accounts of a month that have a sum; amount and count are empty."""

    permission = "sales.import"

    def get(self, request: HttpRequest) -> HttpResponse:
        platform, measure = request.GET.get("platform", ""), request.GET.get("measure", "")
        code = request.GET.get("month", "")
        known = platform in Platform.values and measure in PlatformBill.Measure.values
        if not known or code not in overview.known_months():
            return HttpResponseRedirect(reverse("console:sales-bill-upload"))
        names = reconciliation.account_names()
        days = reconciliation.days_of(Period.parse(code), measure, platform=platform)
        content = bill_files.template(
            (f"{day.day:%Y-%m-%d}", day.account_key, names.get((platform, day.account_key), ""))
            for day in days
            if day.account_key
        )
        response = HttpResponse(content, content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="bill-{platform}-{code}.xlsx"'
        return response
