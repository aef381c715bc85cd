"""A payee's personal data: masked on every page, in plain text once, on request, on record."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from mcn.anchors.models import Payee
from mcn.anchors.services.privacy import payee_reveal
from mcn.console.views import ConsoleView
from mcn.core.encryption import masked

BANK = ("account", "name", "bank", "branch", "cnaps")
# What names nobody and moves no money may be read by whoever may see payees.
PLAIN = {"bank", "branch", "cnaps"}


def labels() -> dict[str, Any]:
    """What people call each piece."""
    return {
        "id_number": _("Identity number"),
        "phone": _("Phone"),
        "bank.account": _("Bank account number"),
        "bank.name": _("Account holder"),
        "bank.bank": _("Bank"),
        "bank.branch": _("Branch"),
        "bank.cnaps": _("Bank code (CNAPS)"),
        "alipay.account": _("Alipay account"),
        "alipay.name": _("Alipay name"),
    }


def facts(source: Any, *, hide: bool) -> list[tuple[Any, str]]:
    """(label, value) of each piece; a value is hidden but for its end unless `hide` is False."""
    shown = []
    for key, label in labels().items():
        field, _dot, part = key.partition(".")
        value = getattr(source, field)
        text = (value or {}).get(part, "") if part else value
        if text and hide and part not in PLAIN:
            text = masked(text, tail=0 if part == "name" else 4)
        shown.append((label, text or "–"))
    return shown


class Reveal(ConsoleView):
    """Shows the personal data once. POST only: it writes to the audit trail."""

    permission = "payees.reveal"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        payee = get_object_or_404(Payee.objects.filter(agency=request.agency), pk=pk)  # type: ignore[attr-defined]
        data = payee_reveal(actor=request.user, payee=payee)  # type: ignore[arg-type]
        context = {"title": str(payee), "payee": payee, "facts": facts(data, hide=False)}
        return self.page("console/anchors/revealed.html", context)
