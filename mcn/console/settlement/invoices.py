"""Invoices of payees: what is still needed, the register, one invoice with its paper, registering and cancelling."""

import mimetypes
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts import audit
from mcn.anchors.models import Payee
from mcn.console.generic.forms import MoneyField, RateField
from mcn.console.generic.keyset import keyset_page
from mcn.console.settlement.words import block_words
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.downloads import ANY_TYPE, private_download
from mcn.core.errors import DomainError
from mcn.settlements import invoicing
from mcn.settlements.models import Invoice, Period, Statement
from mcn.settlements.services.invoices import ENDINGS, LARGEST_FILE, invoice_cancel, invoice_register
from mcn.tenancy import files

PAGE = "console:invoices"


class Invoices(ConsoleView):
    """Which months are not covered yet, and every invoice, the latest first."""

    permission = "invoices.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()
        rows = invoicing.invoices()
        if text:
            rows = rows.filter(
                Q(number__icontains=text)
                | Q(issuer_name__icontains=text)
                | Q(payee__code__icontains=text)
                | Q(payee__legal_name__icontains=text)
            )
        context = {
            "title": _("Invoices"),
            "needed": needed(),
            "page": keyset_page(rows, by="id", at=request.GET.get("at", "")),
            "totals": invoicing.totals(rows),
            "text": text,
            "may_change": request.member.can("invoices.change"),  # type: ignore[attr-defined]
        }
        return self.page("console/settlement/invoices.html", context)


def needed() -> list[dict[str, Any]]:
    """Payees whose payment is blocked, with their months that are not covered and everything else that is wrong."""
    payee_ids = invoicing.statements_to_invoice().values("payee")
    payees = list(Payee.objects.filter(pk__in=payee_ids).order_by("code"))
    blocks = invoicing.payment_blocks(payees)
    found = []
    for payee in payees:
        reasons = blocks.get(payee.pk, [])
        missing = [(reason.period, reason.amount) for reason in reasons if reason.code == "missing"]
        if reasons:
            found.append(
                {
                    "payee": payee,
                    "missing": missing,
                    "amount": sum(amount for _period, amount in missing),
                    "others": [block_words(reason) for reason in reasons if reason.code != "missing"],
                }
            )
    return found


class PayeeForm(forms.Form):
    """Whose invoice it is: payees with a closed month that was paid something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        closed = Statement.objects.filter(period__state=Period.State.CLOSED, net_pay_fen__gt=0)
        paid = closed.exclude(kind=Payee.Kind.EMPLOYEE).values("payee")
        self.fields["payee"] = forms.ModelChoiceField(
            label=_("Payee"), queryset=Payee.objects.filter(pk__in=paid).order_by("code")
        )


class InvoiceForm(forms.Form):
    """What stands on the invoice, and the months that it is for."""

    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=40)
    issued_on = forms.DateField(
        label=gettext_lazy("Issued on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    issuer_name = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=120,
        help_text=gettext_lazy("As on the invoice. If it is not the contract party, the payment stays blocked."),
    )
    issuer_tax_number = forms.CharField(label=gettext_lazy("Issuer's tax number"), max_length=20)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of invoice"), choices=Invoice.Kind.choices)
    gross_fen = MoneyField(label=gettext_lazy("Amount with tax"), min_value=0)
    vat_rate = RateField(
        label=gettext_lazy("VAT rate"), help_text=gettext_lazy("Amount without tax and VAT follow from it.")
    )
    periods = forms.MultipleChoiceField(
        label=gettext_lazy("Months it is for"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The amount fills them in their order, each up to what it still needs."),
    )
    scan = forms.FileField(
        label=gettext_lazy("Scanned invoice"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(sorted(ENDINGS))}),
        help_text=gettext_lazy("PDF, OFD, PNG or JPEG, at most 10 MB."),
    )

    def __init__(self, *args: Any, payee: Payee, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (code, _("%(month)s, still needed %(amount)s") % {"month": formats.period(code), "amount": _need(amount)})
            for code, amount in invoicing.still_needed(payee).items()
        ]
        self.fields["periods"].choices = choices  # type: ignore[attr-defined]
        self.fields["issuer_tax_number"].required = payee.kind in invoicing.INVOICED
        assert LARGEST_FILE == 10 << 20, "the help text says so"


def _need(amount: int) -> str:
    return formats.money(max(0, amount))


class InvoiceNew(ConsoleView):
    """Register an invoice: first whose it is, then what stands on it."""

    permission = "invoices.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        payee = self.payee()
        if payee is None:
            return self.ask()
        needs = invoicing.still_needed(payee)
        first = next((code for code, amount in needs.items() if amount > 0), None)
        asked = request.GET.get("month", "")
        month = asked if needs.get(asked, 0) > 0 else first
        initial: dict[str, Any] = {"issuer_name": payee.legal_name, "issued_on": request.agency.today()}  # type: ignore[attr-defined]
        if month:
            initial |= {"periods": [month], "gross_fen": needs[month]}
        return self.answer(payee, InvoiceForm(initial=initial, payee=payee))

    def payee(self) -> Payee | None:
        form = PayeeForm(self.request.GET)
        return form.cleaned_data["payee"] if form.is_valid() else None

    def ask(self) -> HttpResponse:
        form = PayeeForm()
        context = {
            "title": _("Register an invoice"),
            "crumbs": [(_("Invoices"), reverse(PAGE))],
            "form": form,
            "has_payees": form.fields["payee"].queryset.exists(),  # type: ignore[attr-defined]
        }
        return self.page("console/settlement/invoice_payee.html", context)

    def answer(self, payee: Payee, form: InvoiceForm, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Register an invoice"),
            "crumbs": [(_("Invoices"), reverse(PAGE))],
            "form": form,
            "payee": payee,
        }
        return self.page("console/settlement/invoice_new.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        payee = self.payee()
        if payee is None:
            return HttpResponseRedirect(request.path)
        form = InvoiceForm(request.POST, request.FILES, payee=payee)
        if not form.is_valid():
            return self.answer(payee, form, 422)
        data = form.cleaned_data
        scan = data.pop("scan")
        try:
            invoice = invoice_register(
                actor=request.user,  # type: ignore[arg-type]
                payee=payee,
                scan=(scan.name, scan) if scan else None,
                **data,
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(payee, form, 422)
        messages.success(request, _("Invoice %(number)s is registered.") % {"number": invoice.number})
        return HttpResponseRedirect(reverse("console:invoice", args=[invoice.pk]))


class InvoicePage(ConsoleView):
    """One invoice: what stands on it, which months it is for, and whether it may be paid against."""

    permission = "invoices.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(get_object_or_404(invoicing.invoices(), pk=pk))

    def answer(self, invoice: Invoice, error: str = "", status: int = 200) -> HttpResponse:
        member = self.request.member  # type: ignore[attr-defined]
        fits = invoicing.same_name(invoice.issuer_name, invoice.payee.legal_name)
        context = {
            "title": _("Invoice %(number)s") % {"number": invoice.number},
            "crumbs": [(_("Invoices"), reverse(PAGE))],
            "invoice": invoice,
            "fits": fits,
            "may_change": member.can("invoices.change") and invoice.cancelled_at is None,
            "error": error,
        }
        return self.page("console/settlement/invoice.html", context, status)


class InvoiceCancel(InvoicePage):
    """Take an invoice out of account, with a reason. POST only."""

    permission = "invoices.change"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        invoice = get_object_or_404(invoicing.invoices(), pk=pk)
        try:
            invoice_cancel(actor=request.user, invoice_id=pk, reason=request.POST.get("reason", ""))  # type: ignore[arg-type]
        except DomainError as error:
            return self.answer(invoice, capfirst(str(error)), 422)
        messages.success(request, _("Invoice %(number)s is cancelled.") % {"number": invoice.number})
        return HttpResponseRedirect(reverse("console:invoice", args=[pk]))


class InvoiceFile(ConsoleView):
    """The scanned paper as a download that no browser shows, guesses at or keeps."""

    permission = "invoices.view"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:  # type: ignore[override]
        invoice = get_object_or_404(Invoice, pk=pk)
        path = files.path_of(invoice.file) if invoice.file else None
        if path is None or not path.is_file():
            raise Http404(_("There is no scan of this invoice."))
        audit.record(actor=request.user, action="download", target=invoice)  # type: ignore[arg-type]
        return private_download(path.open("rb"), invoice.file_name, mimetypes.guess_type(path.name)[0] or ANY_TYPE)
