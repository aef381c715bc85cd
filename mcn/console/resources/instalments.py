"""Debts of payees that are taken back in instalments."""

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

from mcn.anchors.models import InstalmentPlan
from mcn.console.generic import Resource, Section, register
from mcn.console.generic.resource import Action
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.settlements import cancellations, instalments
from mcn.settlements.models import PlanCancellation

TERMS = ("instalment_fen", "most_rate", "first_month")


class CancelForm(forms.Form):
    """What becomes of the rest of a plan, and why."""

    what = forms.ChoiceField(label=gettext_lazy("What becomes of the rest"), choices=PlanCancellation.What.choices)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The payee reads it."),
    )


class PlanView(ConsoleView):
    """A page about one plan."""

    def plan(self, pk: int) -> InstalmentPlan:
        return get_object_or_404(InstalmentPlan.objects.select_related("payee"), pk=pk)

    def back(self, pk: int) -> str:
        return reverse("console:instalment-plans-detail", args=[pk])


class PlanCancel(PlanView):
    """Have a plan take nothing any more."""

    permission = "instalments.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(self.plan(pk), CancelForm())

    def answer(self, plan: InstalmentPlan, form: CancelForm, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Cancel the plan"),
            "crumbs": [(_("Instalment plans"), reverse("console:instalment-plans")), (plan.code, self.back(plan.pk))],
            "plan": plan,
            "left_fen": cancellations.left_of(plan),
            "form": form,
            "back": self.back(plan.pk),
        }
        return self.page("console/anchors/plan_cancel.html", context, status)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan, form = self.plan(pk), CancelForm(request.POST)
        if not form.is_valid():
            return self.answer(plan, form, 422)
        try:
            made = cancellations.cancel(actor=request.user, plan=plan, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(plan, form, 422)
        is_done = made.state == PlanCancellation.State.DONE
        messages.success(
            request,
            _("Cancelled. Calculate the open month again: its statement takes the rest in.")
            if is_done
            else _("Requested. Somebody else has to approve it."),
        )
        return HttpResponseRedirect(self.back(pk))


class PlanForgive(PlanView):
    """Decide whether what is left of a plan is forgiven. POST only."""

    permission = "settlements.view"
    change_permission = "instalments.forgive"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponseRedirect(self.back(self.plan(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        plan = self.plan(pk)
        asked = cancellations.current(plan)
        number = asked.pk if asked is not None else 0
        try:
            if request.POST.get("do") == "approve":
                cancellations.approve(actor=request.user, cancellation_id=number)  # type: ignore[arg-type]
                messages.success(request, _("Forgiven, and posted to the books."))
            else:
                reason = request.POST.get("reason", "")
                cancellations.reject(actor=request.user, cancellation_id=number, reason=reason)  # type: ignore[arg-type]
                messages.success(request, _("Rejected. The plan goes on."))
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        return HttpResponseRedirect(self.back(pk))


@register
class InstalmentPlans(Resource):
    model = InstalmentPlan
    slug = "instalment-plans"
    area = "finance"
    group = "advances"
    icon = "calendar-due"
    order = 43
    view_permission = "settlements.view"
    change_permission = "instalments.change"
    columns = ("code", "payee", "kind", "amount_fen", "instalment_fen", "most_rate", "first_month")
    search = ("code", "payee__code", "payee__name", "reason")
    filters = ("payee", "kind")
    ordering = ("-agreed_on", "-pk")
    select_related = ("payee",)
    fields = ("payee", "code", "kind", "amount_fen", "agreed_on", "reason", *TERMS)
    locked = ("payee", "code", "kind", "amount_fen", "agreed_on", "reason")
    sections: ClassVar = (Section("", (*fields, "carried_from")),)
    overview = "console/anchors/_instalments.html"
    lead = gettext_lazy("What payees owe and pay back month by month, before tax: never more than there is.")
    empty_why = gettext_lazy(
        "No debt is taken back in instalments. What a month carries forward below zero is taken from the next at once; "
        "agree on a plan here where that is too much."
    )

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        asked = record.cancellations.select_related("requested_by", "decided_by").first()
        waits = asked is not None and asked.state == PlanCancellation.State.REQUESTED
        own = waits and asked.requested_by_id == request.user.pk
        return {
            "told": instalments.statements_of([record])[0],
            "cancellation": asked,
            "waits": waits,
            "own": own,
            "may_decide": waits and not own and request.member.can("instalments.forgive"),  # type: ignore[attr-defined]
            "left_fen": cancellations.left_of(record) if waits else 0,
        }

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        may = request.member.can(self.change_permission)  # type: ignore[attr-defined]
        if not may or cancellations.current(record) is not None or cancellations.left_of(record) <= 0:
            return []
        return [Action(_("Cancel the plan"), reverse("console:instalment-plans-cancel", args=[record.pk]), "x")]

    def may_change(self, member: Any, record: Any) -> bool:
        asked = cancellations.current(record)
        is_cancelled = asked is not None and asked.state == PlanCancellation.State.DONE
        return not is_cancelled and super().may_change(member, record)

    def urlpatterns(self) -> list[URLPattern]:
        return [
            *super().urlpatterns(),
            path("instalment-plans/<int:pk>/cancel/", PlanCancel.as_view(), name="instalment-plans-cancel"),
            path("instalment-plans/<int:pk>/forgive/", PlanForgive.as_view(), name="instalment-plans-forgive"),
        ]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        return instalments.plan_agree(actor=actor, **data)

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return instalments.plan_change(actor=actor, plan=record, **{name: data[name] for name in TERMS})
