"""Payments held back: what is held, holding a payee or a line, and letting it be paid again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.anchors.models import Payee
from mcn.console.generic.keyset import keyset_page
from mcn.console.settlement.claims_forms import HoldForm, ReleaseForm
from mcn.console.settlement.places import back_to, place_asked, told
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.settlements import holds
from mcn.settlements.models import Hold
from mcn.settlements.places import Place

PAGE = "console:holds"
WITH = ("payee", "period", "event__line", "entry", "held_by", "released_by")


class Holds(ConsoleView):
    """What is held back now, or was."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        which = request.GET.get("which", "")
        rows = Hold.objects.select_related(*WITH).defer("period__inputs")
        rows = rows.filter(released_at__isnull=which != "released")
        page = keyset_page(rows, by="held_at", at=request.GET.get("at", ""))
        member = request.member  # type: ignore[attr-defined]
        context = {
            "title": _("Holds"),
            "tabs": [
                {"label": _("Held now"), "url": reverse(PAGE), "current": which != "released"},
                {"label": _("Released"), "url": f"{reverse(PAGE)}?which=released", "current": which == "released"},
            ],
            "which": which,
            "page": page,
            "rows": [(row, told(row, member)) for row in page.rows],
            "may_change": member.can("holds.change"),
        }
        return self.page("console/settlement/holds.html", context)


class HoldNew(ConsoleView):
    """Hold a payee, or one line of a closed month."""

    permission = "holds.change"

    def place(self) -> Place | None:
        asked = self.request.GET.get("payee", "")
        if asked.isdecimal():
            return Place(get_object_or_404(Payee, pk=int(asked)))
        place = place_asked(self.request)
        if place is not None and place.share is None:
            raise Http404
        return place

    def get(self, request: HttpRequest) -> HttpResponse:
        place = self.place()
        return self.answer(self.form(place), place)

    @staticmethod
    def form(place: Place | None, *data: Any) -> HoldForm:
        return HoldForm(*data, payees=None if place else Payee.objects.order_by("code"))

    def answer(self, form: HoldForm, place: Place | None, status: int = 200) -> HttpResponse:
        member = self.request.member  # type: ignore[attr-defined]
        context = {
            "title": _("Hold a payment back"),
            "crumbs": [(_("Holds"), reverse(PAGE))],
            "form": form,
            "place": place,
            "told": told(place, member) if place and place.share else None,
            "back": back_to(place, PAGE),
        }
        return self.page("console/settlement/hold_form.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        place = self.place()
        form = self.form(place, request.POST)
        if not form.is_valid():
            return self.answer(form, place, 422)
        data = form.cleaned_data
        try:
            holds.hold_place(actor=request.user, place=place or Place(data["payee"]), reason=data["reason"])  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, place, 422)
        messages.success(request, _("Held back until somebody releases it."))
        return HttpResponseRedirect(reverse(PAGE))


class HoldPage(ConsoleView):
    """One hold; whoever may release it does so here."""

    permission = "settlements.view"
    change_permission = "holds.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(pk, ReleaseForm())

    def answer(self, pk: int, form: ReleaseForm, status: int = 200) -> HttpResponse:
        hold = get_object_or_404(Hold.objects.select_related(*WITH).defer("period__inputs"), pk=pk)
        member = self.request.member  # type: ignore[attr-defined]
        context = {
            "title": hold.payee.name,
            "crumbs": [(_("Holds"), reverse(PAGE))],
            "hold": hold,
            "told": told(hold, member),
            "form": form,
            "may_release": hold.is_active and member.can("holds.change"),
        }
        return self.page("console/settlement/hold.html", context, status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(Hold, pk=pk)
        form = ReleaseForm(request.POST)
        if not form.is_valid():
            return self.answer(pk, form, 422)
        try:
            holds.hold_release(actor=request.user, hold_id=pk, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(None, capfirst(str(error)))
            return self.answer(pk, form, 422)
        messages.success(request, _("Released: it is paid with the next payment."))
        return HttpResponseRedirect(reverse(PAGE))
