"""Deposits of payees, and what happens to them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.anchors.models import Advance, Deposit, DepositMove, InstalmentPlan
from mcn.anchors.services import deposit_save
from mcn.console.generic import Resource, Section, register
from mcn.console.generic.forms import MoneyField
from mcn.console.generic.resource import Action
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.settlements import deposits


class MoveForm(forms.Form):
    """What happened to a deposit."""

    kind = forms.ChoiceField(label=gettext_lazy("What happened"), choices=DepositMove.Kind.choices)
    amount_fen = MoneyField(label=gettext_lazy("Amount"))
    dated_on = forms.DateField(
        label=gettext_lazy("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    advance: Any = forms.ModelChoiceField(
        label=gettext_lazy("Advance"),
        queryset=None,
        required=False,
        empty_label="–",
        help_text=gettext_lazy("Which advance is repaid, if it is set off."),
    )
    plan: Any = forms.ModelChoiceField(
        label=gettext_lazy("Debt in instalments"),
        queryset=None,
        required=False,
        empty_label="–",
        help_text=gettext_lazy("Which debt is repaid, if it is set off against one."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("The payee reads it. What is kept for a claim names the clause of the contract."),
    )

    def __init__(self, *args: Any, deposit: Deposit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        advances: Any = self.fields["advance"]
        advances.queryset = Advance.objects.filter(payee=deposit.payee_id).order_by("paid_on", "code")
        plans: Any = self.fields["plan"]
        plans.queryset = InstalmentPlan.objects.filter(payee=deposit.payee_id)


class MoveNew(ConsoleView):
    """Record that a deposit was received, given back, set off or kept."""

    permission = "deposits.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self.deposit(pk)
        return self.answer(deposit, MoveForm(deposit=deposit, initial={"dated_on": deposit.agency.today()}))

    @staticmethod
    def deposit(pk: int) -> Deposit:
        return get_object_or_404(Deposit.objects.select_related("payee", "agency"), pk=pk)

    def answer(self, deposit: Deposit, form: MoveForm, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Record a move"),
            "crumbs": [
                (_("Deposits"), reverse("console:deposits")),
                (deposit.code, reverse("console:deposits-detail", args=[deposit.pk])),
            ],
            "deposit": deposit,
            "held_fen": deposits.held([deposit.pk]).get(deposit.pk, 0),
            "form": form,
            "back": reverse("console:deposits-detail", args=[deposit.pk]),
        }
        return self.page("console/anchors/deposit_move.html", context, status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        deposit = self.deposit(pk)
        form = MoveForm(request.POST, deposit=deposit)
        if not form.is_valid():
            return self.answer(deposit, form, 422)
        try:
            deposits.deposit_move(actor=request.user, deposit=deposit, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(deposit, form, 422)
        messages.success(request, _("Recorded, and posted to the books."))
        return HttpResponseRedirect(reverse("console:deposits-detail", args=[deposit.pk]))


@register
class Deposits(Resource):
    model = Deposit
    slug = "deposits"
    area = "finance"
    group = "advances"
    icon = "pig-money"
    order = 42
    view_permission = "settlements.view"
    change_permission = "deposits.change"
    columns = ("code", "payee", "purpose")
    search = ("code", "payee__code", "payee__name", "purpose")
    filters = ("payee",)
    ordering = ("payee__code", "code")
    select_related = ("payee",)
    fields = ("payee", "code", "purpose")
    locked = ("payee", "code")
    sections: ClassVar = (Section("", fields),)
    overview = "console/anchors/_deposit.html"
    lead = gettext_lazy("Money of payees that the agency holds until it is given back or set off.")
    empty_why = gettext_lazy("No deposit has been entered. Enter one for a payee, then record what was received.")

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {"moves": deposits.history(record), "held_fen": deposits.held([record.pk]).get(record.pk, 0)}

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        if not request.member.can(self.change_permission):  # type: ignore[attr-defined]
            return []
        return [Action(_("Record a move"), reverse("console:deposits-move", args=[record.pk]), "transfer")]

    def urlpatterns(self) -> list[URLPattern]:
        return [*super().urlpatterns(), path("deposits/<int:pk>/move/", MoveNew.as_view(), name="deposits-move")]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return deposit_save(actor=actor, **data)[0]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return deposit_save(actor=actor, **data)[0]
