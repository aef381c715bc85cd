"""Corrections: what was asked for, asking for one, and the second person's decision."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.console.generic.keyset import keyset_page
from mcn.console.settlement.claims_forms import CorrectionForm, RefusalForm, payees_of_anchors
from mcn.console.settlement.places import back_to, place_asked, told
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError, RuleError
from mcn.settlements import attachments, corrections
from mcn.settlements.corrections import reads
from mcn.settlements.corrections.services import settling_month
from mcn.settlements.models import Correction, Statement
from mcn.settlements.places import Place, of_statement

PAGE = "console:corrections"
ONE = "console:correction"
State = Correction.State


class Corrections(ConsoleView):
    """All corrections, or those that wait for a decision."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        waiting = reads.to_decide().count()
        which = request.GET.get("which", "")
        rows = reads.corrections()
        if which == "waiting":
            rows = rows.filter(state=State.REQUESTED)
        page = keyset_page(rows, by="number", at=request.GET.get("at", ""))
        member = request.member  # type: ignore[attr-defined]
        context = {
            "title": _("Corrections"),
            "tabs": [
                {"label": _("All"), "url": reverse(PAGE), "current": which != "waiting"},
                {
                    "label": _("To decide"),
                    "url": f"{reverse(PAGE)}?which=waiting",
                    "current": which == "waiting",
                    "count": waiting or None,
                },
            ],
            "page": page,
            "rows": [(row, told(row, member)) for row in page.rows],
            "which": which,
            "may_request": member.can("corrections.request"),
        }
        return self.page("console/settlement/corrections.html", context)


class CorrectionNew(ConsoleView):
    """Ask for a correction: of a statement, of a line, or of nothing that is named."""

    permission = "corrections.request"

    def get(self, request: HttpRequest) -> HttpResponse:
        place = place_asked(request)
        return self.answer(self.form(place), place)

    @staticmethod
    def form(place: Place | None, *data: Any) -> CorrectionForm:
        return CorrectionForm(*data, payees=None if place else payees_of_anchors())

    def answer(self, form: CorrectionForm, place: Place | None, status: int = 200) -> HttpResponse:
        member = self.request.member  # type: ignore[attr-defined]
        context = {
            "title": _("Request a correction"),
            "crumbs": [(_("Corrections"), reverse(PAGE))],
            "form": form,
            "place": place,
            "told": told(place, member) if place else None,
            "settled_in": settling_month(place.period if place else None),
            "back": back_to(place, PAGE),
        }
        return self.page("console/settlement/correction_form.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        place = place_asked(request)
        form = self.form(place, request.POST, request.FILES)
        if not form.is_valid():
            return self.answer(form, place, 422)
        data = form.cleaned_data
        try:
            correction = corrections.request(
                actor=request.user,  # type: ignore[arg-type]
                place=place or self.place(data),
                amount_fen=data["amount_fen"],
                reason=data["reason"],
                upload=data["file"],
            )
        except DomainError as error:
            name = {"amount": "amount_fen"}.get(error.field or "", error.field)
            form.add_error(name if name in form.fields else None, capfirst(str(error)))
            return self.answer(form, place, 422)
        messages.success(request, _("Requested. Somebody else has to approve it."))
        return HttpResponseRedirect(reverse(ONE, args=[correction.pk]))

    @staticmethod
    def place(data: dict[str, Any]) -> Place:
        """The payee that was chosen, with the statement of the month if one was."""
        if not data["month"]:
            return Place(data["payee"])
        rows = Statement.objects.select_related("period", "payee").defer("period__inputs")
        statement = rows.filter(period__code=data["month"], payee=data["payee"]).first()
        if statement is None:
            raise RuleError(
                _("%(payee)s has no statement of %(month)s."),
                field="month",
                payee=data["payee"].name,
                month=formats.period(data["month"]),
            )
        return of_statement(statement)


class CorrectionPage(ConsoleView):
    """One correction, and the decision on it."""

    permission = "settlements.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        correction = get_object_or_404(reads.corrections(), pk=pk)
        member = request.member  # type: ignore[attr-defined]
        waits = correction.state == State.REQUESTED
        own = correction.requested_by_id == request.user.pk
        context = {
            "title": correction.code,
            "crumbs": [(_("Corrections"), reverse(PAGE))],
            "correction": correction,
            "told": told(correction, member),
            "settled_in": settling_month(correction.period) if waits else None,
            "own": waits and own,
            "may_decide": waits and not own and member.can("corrections.approve"),
            "may_see_dispute": member.can("disputes.view"),
        }
        return self.page("console/settlement/correction.html", context)


class CorrectionApprove(ConsoleView):
    """Agree to what somebody else asked for."""

    permission = "corrections.approve"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(Correction, pk=pk)
        try:
            correction = corrections.approve(actor=request.user, correction_id=pk)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        else:
            assert correction.made is not None
            month = formats.period(correction.made.settle_period)
            messages.success(request, _("Approved. %(month)s pays it once it is calculated.") % {"month": month})
        return HttpResponseRedirect(reverse(ONE, args=[pk]))


class CorrectionReject(ConsoleView):
    """Turn down what somebody else asked for."""

    permission = "corrections.approve"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(Correction, pk=pk)
        form = RefusalForm(request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        try:
            corrections.reject(actor=request.user, correction_id=pk, reason=reason)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        else:
            messages.success(request, _("Rejected. Nothing is paid."))
        return HttpResponseRedirect(reverse(ONE, args=[pk]))


class CorrectionFile(ConsoleView):
    """The file that was added."""

    permission = "settlements.view"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:  # type: ignore[override]
        return attachments.response(actor=request.user, record=get_object_or_404(Correction, pk=pk))  # type: ignore[arg-type]
