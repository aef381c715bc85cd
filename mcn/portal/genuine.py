"""`/verify/`: whoever holds the paper of a statement learns whether the agency closed that statement.

The page is open to everybody. It tells a code that fits from one that does not, and nothing else: an agency, a month
or a payee that is not there is answered with the same words after the same steps.
"""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache

from mcn.settlements.models import Statement
from mcn.settlements.pdf.codes import is_code_of
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

NO_AGENCY = 0  # in its scope there is nothing


class CheckForm(forms.Form):
    """What stands on the paper beside “Is this statement genuine?”."""

    agency = forms.CharField(label=_("Agency's short name"), max_length=40)
    month = forms.RegexField(
        label=_("Month"),
        regex=r"^\d{4}-(0[1-9]|1[0-2])$",
        max_length=7,
        widget=forms.TextInput(attrs={"placeholder": "2026-07"}),
        error_messages={"invalid": _("A month is written like 2026-07.")},
    )
    payee = forms.CharField(label=_("Payee's code"), max_length=40)
    code = forms.CharField(
        label=_("Verification code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


def genuine_statement(*, agency: str, month: str, payee: str, code: str) -> Statement | None:
    """The closed statement that the code was made for; None whatever does not fit. Not inside an agency's scope."""
    with operator_scope(), transaction.atomic():
        found = Agency.objects.filter(slug=agency.lower(), is_active=True).first()
    with agency_scope(found.pk if found else NO_AGENCY), transaction.atomic():
        rows = Statement.objects.select_related("period").defer("period__inputs")
        statement = rows.filter(period__code=month, code=payee).first()
    return statement if found and statement and is_code_of(code, found.slug, statement) else None


@method_decorator(never_cache, name="dispatch")
class Genuine(View):
    """The form and its answer; as often as `statement_check` of ACCOUNT_RATE_LIMITS allows."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(CheckForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CheckForm(request.POST)
        if not ratelimit.consume(request, action="statement_check"):
            return self.page(form, status=429, problem=_("Too many attempts. Try again later."))
        if not form.is_valid():
            return self.page(form, status=422)
        statement = genuine_statement(**form.cleaned_data)
        if statement is None:
            problem = _("There is no such statement. Compare what you typed with the paper.")
            return self.page(form, status=404, problem=problem)
        return self.page(form, statement=statement)

    def page(self, form: CheckForm, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, "portal/genuine.html", {"form": form, **context}, status=status)
