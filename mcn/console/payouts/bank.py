"""The bank's statements: brought in as files; which payout a line is of is suggested here and decided by a person."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mcn.console.generic.keyset import keyset_page
from mcn.console.numbers import row_ids
from mcn.console.payouts import words
from mcn.console.uploads import on_disk
from mcn.console.views import ConsoleView
from mcn.core.encryption import masked
from mcn.core.errors import DomainError
from mcn.settlements.bank import reading
from mcn.settlements.bank.statements import lines_confirm, statement_bring, suggested
from mcn.settlements.models import BankLine, BankStatement, PayingAccount, Payout

PAGE = "console:bank-statements"
SHOWN_FAULTS = 20


class StatementForm(forms.Form):
    """The file of an account's bank."""

    account: Any = forms.ModelChoiceField(queryset=QuerySet(PayingAccount), label=gettext_lazy("Paying account"))
    upload = forms.FileField(
        label=gettext_lazy("Bank statement (csv or xlsx)"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = PayingAccount.objects.filter(is_active=True)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        self.fields["account"].initial = accounts.first()


class Statements(ConsoleView):
    """Bring a statement in, confirm what is suggested, look at the lines."""

    permission = "payouts.view"
    change_permission = "payouts.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(StatementForm())

    def answer(self, form: StatementForm, faults: list[str] | None = None, status: int = 200) -> HttpResponse:
        faults = faults or []
        rows = [one for account in PayingAccount.objects.order_by("code") for one in suggested(account)]
        lines = BankLine.objects.select_related("account", "payout__batch", "payout__payee")
        page = keyset_page(lines, by="booked_on", at=self.request.GET.get("at", ""))
        context = {
            "title": _("Bank statements"),
            "crumbs": [(_("Payouts"), reverse("console:payouts"))],
            "form": form,
            "faults": faults[:SHOWN_FAULTS],
            "more": len(faults) - SHOWN_FAULTS,
            "suggestions": [
                {"one": one, "reasons": [words.REASONS[name] for name in one.reasons], "back": one.line.amount_fen < 0}
                for one in rows
            ],
            "page": page,
            "rows": [(line, masked(line.number) if line.number else "", -line.amount_fen) for line in page.rows],
            "statements": BankStatement.objects.select_related("account", "created_by")
            .annotate(new=Count("lines"))
            .order_by("-pk")[:12],
            "may_change": self.request.member.can("payouts.change"),  # type: ignore[attr-defined]
        }
        return self.page("console/payouts/bank.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = StatementForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.answer(form, status=422)
        account, upload = form.cleaned_data["account"], form.cleaned_data["upload"]
        with on_disk(upload) as path:
            try:
                read = reading.read_statement(path, name=upload.name or "", zone=request.agency.zone)  # type: ignore[attr-defined]
                if read.faults:
                    return self.answer(form, read.faults, 422)
                brought = statement_bring(
                    actor=request.user,  # type: ignore[arg-type]
                    account=account,
                    file_name=upload.name or "",
                    path=path,
                    read=read,
                )
            except DomainError as error:
                form.add_error("upload", str(error))
                return self.answer(form, status=422)
        told = _("%(new)s lines are new, %(known)s were known. Look at what they may be of below.")
        messages.success(request, told % {"new": f"{brought.new:,}", "known": f"{brought.known:,}"})
        return HttpResponseRedirect(reverse(PAGE))


class Confirm(ConsoleView):
    """Record what the chosen lines are of; POST only."""

    permission = "payouts.view"
    change_permission = "payouts.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE))

    def post(self, request: HttpRequest) -> HttpResponse:
        named = [row_ids(pair.split("-", 1)) for pair in request.POST.getlist("pair")]
        ids = [(one[0], one[1]) for one in named if len(one) == 2]
        lines = BankLine.objects.in_bulk([line for line, _payout in ids])
        payouts = Payout.objects.select_related("batch__agency").in_bulk([payout for _line, payout in ids])
        pairs = [(lines[line], payouts[payout]) for line, payout in ids if line in lines and payout in payouts]
        try:
            paid, returned = lines_confirm(actor=request.user, pairs=pairs)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
        else:
            told = [ngettext("%(n)s payout is marked paid.", "%(n)s payouts are marked paid.", paid) % {"n": paid}]
            if returned:
                text = ngettext(
                    "%(n)s came back and is payable again.", "%(n)s came back and are payable again.", returned
                )
                told.append(text % {"n": returned})
            messages.success(request, " ".join(told))
        return HttpResponseRedirect(reverse(PAGE))
