"""A payee's personal data: masked on every page, in plain text once, on request, on record."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from mcn.anchors.models import Document, Payee, Sex
from mcn.anchors.services.privacy import payee_reveal
from mcn.console.views import ConsoleView
from mcn.core.encryption import masked

# What names nobody and moves no money may be read by whoever may see payees.
PLAIN = {"bank.bank", "bank.branch", "bank.cnaps", "bank.province", "bank.city"}
NUMBERS = {"id_number", "phone", "bank.account", "alipay.account"}  # their ends may be shown
CHOICES: dict[str, Any] = {"document.kind": Document, "document.sex": Sex}
DAYS = {"document.born_on", "document.entered_on"}


def labels() -> dict[str, Any]:
    """What people call each piece."""
    return {
        "id_number": _("Identity number"),
        "document.kind": _("Kind of document"),
        "document.country": _("Nationality"),
        "document.sex": _("Sex"),
        "document.born_on": _("Date of birth"),
        "document.entered_on": _("First entry into China"),
        "phone": _("Phone"),
        "bank.account": _("Bank account number"),
        "bank.name": _("Account holder"),
        "bank.bank": _("Bank"),
        "bank.province": _("Province of the bank"),
        "bank.city": _("City of the bank"),
        "bank.branch": _("Branch"),
        "bank.cnaps": _("Bank code (CNAPS)"),
        "alipay.account": _("Alipay account"),
        "alipay.name": _("Alipay name"),
    }


def hints() -> dict[str, Any]:
    """What a field says where nothing is stored yet."""
    return {
        "document.kind": _("Only where the number is no resident's identity card: a card's number says the rest."),
        "document.country": _("As the withholding client calls it, such as 美国."),
        "document.entered_on": _("The tax filing of non-residents asks for these five of the document."),
        "bank.province": _("China Merchants Bank asks for it where another bank has no code here."),
    }


def stored(source: Any, key: str) -> str:
    """A piece as it is stored, "" where there is none."""
    field, _dot, part = key.partition(".")
    value = getattr(source, field)
    return ((value or {}).get(part, "") if part else value) or ""


def shown(source: Any, key: str, *, hide: bool) -> str:
    """A piece in words; hidden but for the end of numbers unless `hide` is False or it is PLAIN."""
    text = stored(source, key)
    if text and key in CHOICES:
        text = str(CHOICES[key](text).label)
    if text and hide and key not in PLAIN:
        text = masked(text, tail=4 if key in NUMBERS else 0)
    return text


def facts(source: Any, *, hide: bool) -> list[tuple[Any, str]]:
    """(label, value) of each piece. What is on a document is left out where none is recorded."""
    keys = [key for key in labels() if getattr(source, "document", None) or not key.startswith("document.")]
    return [(labels()[key], shown(source, key, hide=hide) or "–") for key in keys]


def field_for(source: Any, key: str) -> forms.Field:
    """The form field of a piece. What is stored never comes back into it: an empty field keeps it."""
    hidden = shown(source, key, hide=True)
    own: dict[str, Any] = {
        "label": labels()[key],
        "required": False,
        "help_text": _("Stored: %(value)s. Leave empty to keep it.") % {"value": hidden}
        if hidden
        else hints().get(key, ""),
    }
    if key in CHOICES:
        return forms.ChoiceField(choices=[("", "–"), *CHOICES[key].choices], **own)
    if key in DAYS:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **own)
    return forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}), **own)


class Reveal(ConsoleView):
    """Shows the personal data once. POST only: it writes to the audit trail."""

    permission = "payees.reveal"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        payee = get_object_or_404(Payee.objects.filter(agency=request.agency), pk=pk)  # type: ignore[attr-defined]
        data = payee_reveal(actor=request.user, payee=payee)  # type: ignore[arg-type]
        context = {"title": str(payee), "payee": payee, "facts": facts(data, hide=False)}
        return self.page("console/anchors/revealed.html", context)
