"""Exits: the sheets, drawing one up, and settling it as a second person."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.anchors.models import Anchor
from mcn.console.exits.forms import Claims, ExitForm
from mcn.console.generic.keyset import keyset_page
from mcn.console.numbers import row_id
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.settlements import exits
from mcn.settlements.exits import words
from mcn.settlements.exits.paper import paper_response
from mcn.settlements.exits.plan import Step, plan_of
from mcn.settlements.exits.sheet import from_json
from mcn.settlements.models import Exit

PAGE = "console:exits"
ONE = "console:exit"


def sheets() -> Any:
    """All sheets with what pages show of them."""
    return Exit.objects.select_related("anchor__payee", "made_by", "settlement__settled_by")


class Exits(ConsoleView):
    """Every sheet, the latest first."""

    permission = "exits.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = keyset_page(sheets(), by="number", at=request.GET.get("at", ""))
        context = {
            "title": _("Exits"),
            "page": page,
            "rows": page.rows,
            "may_change": request.member.can("exits.change"),  # type: ignore[attr-defined]
        }
        return self.page("console/exits/exits.html", context)


class ExitNew(ConsoleView):
    """Draw a sheet up; with `from` of another one, beginning with what was typed there."""

    permission = "exits.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        former = sheets().filter(pk=row_id(request.GET.get("from", ""))).first()
        if former is not None:
            initial = {name: getattr(former, name) for name in ("anchor", "ends_on", "reason", "set_off")}
            return self.answer(ExitForm(initial=initial), Claims(initial=former.claims))
        anchor = Anchor.objects.filter(pk=row_id(request.GET.get("anchor", ""))).first()
        return self.answer(ExitForm(initial={"anchor": anchor}), Claims())

    def answer(self, form: ExitForm, claims: Any, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Draw up an exit sheet"),
            "crumbs": [(_("Exits"), reverse(PAGE))],
            "form": form,
            "claims": claims,
            "back": reverse(PAGE),
        }
        return self.page("console/exits/form.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form, claims = ExitForm(request.POST), Claims(request.POST)
        if not (form.is_valid() and claims.is_valid()):
            return self.answer(form, claims, 422)
        given = [claim.claim for claim in claims if claim.is_given]
        try:
            sheet = exits.draw_up(actor=request.user, claims=given, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, claims, 422)
        return HttpResponseRedirect(reverse(ONE, args=[sheet.pk]))


class ExitPage(ConsoleView):
    """One sheet: who owes whom, and what settling it does or did."""

    permission = "exits.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        sheet = get_object_or_404(sheets(), pk=pk)
        member = request.member  # type: ignore[attr-defined]
        rows = from_json(sheet.rows)
        has_left = sheet.anchor.status == Anchor.Status.LEFT
        steps = [Step(**step) for step in sheet.settlement.done] if sheet.is_settled else plan_of(sheet)
        is_open = not sheet.is_settled and not has_left
        context = {
            "title": f"{sheet.anchor.stage_name} · {sheet.code}",
            "crumbs": [(_("Exits"), reverse(PAGE))],
            "sheet": sheet,
            "counted": [words.row(row) for row in rows if row.counts],
            "told": [words.row(row) for row in rows if not row.counts],
            "steps": [words.step(step) for step in steps] if sheet.is_settled or is_open else [],
            "size": abs(sheet.total_fen),
            "is_open": is_open,
            "own": is_open and sheet.made_by_id == request.user.pk,
            "may_change": is_open and member.can("exits.change"),
            "may_settle": is_open and member.can("exits.settle") and sheet.made_by_id != request.user.pk,
        }
        return self.page("console/exits/sheet.html", context)


class ExitSettle(ConsoleView):
    """Carry a sheet out. POST only."""

    permission = "exits.view"
    change_permission = "exits.settle"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponseRedirect(reverse(ONE, args=[get_object_or_404(Exit, pk=pk).pk]))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(Exit, pk=pk)
        try:
            exits.settle(actor=request.user, sheet_id=pk)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        else:
            messages.success(request, _("Settled. Calculate the open month again: it takes the rest in."))
        return HttpResponseRedirect(reverse(ONE, args=[pk]))


class ExitPaper(ConsoleView):
    """The sheet as a paper to sign."""

    permission = "exits.view"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:  # type: ignore[override]
        sheet = get_object_or_404(sheets(), pk=pk)
        return paper_response(actor=request.user, agency=request.agency, sheet=sheet)  # type: ignore[arg-type, attr-defined]
