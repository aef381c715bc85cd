"""What is due, batches of payouts, and what the bank did with them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mcn.console.generic.keyset import keyset_page
from mcn.console.numbers import row_id, row_ids
from mcn.console.payouts import words
from mcn.console.settlement.words import person
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.settlements.models import PayingAccount, Payout, PayoutBatch
from mcn.settlements.payouts import batches, results
from mcn.settlements.payouts.due import Due, due

PAGE = "console:payouts"
State, One = PayoutBatch.State, Payout.State


def all_batches() -> QuerySet:
    """Batches with number, sum and how many were paid of their payouts."""
    counted = ~Q(payouts__state=One.DROPPED)
    return PayoutBatch.objects.select_related("account", "created_by", "approved_by", "exported_by").annotate(
        payees=Count("payouts", filter=counted),
        amount_fen=Sum("payouts__amount_fen", filter=counted, default=0),
        paid=Count("payouts", filter=Q(payouts__state=One.PAID)),
        troubles=Count("payouts", filter=Q(payouts__state__in=[One.FAILED, One.RETURNED])),
    )


class Payouts(ConsoleView):
    """Who is due, and all batches."""

    permission = "payouts.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        forms = set(PayingAccount.objects.filter(is_active=True, channel="bank").values_list("form", flat=True))
        rows = due(form=forms.pop() if len(forms) == 1 else "")  # with several, what is wanting depends on the account
        waiting = [row for row in rows if row.blocks and not row.promised]
        page = keyset_page(all_batches(), by="number", at=request.GET.get("at", ""))
        context = {
            "title": _("Payouts"),
            "payable": sum(row.payable for row in rows),
            "payable_n": len(rows),
            "ready": sum(row.amount for row in rows if not row.blocks),
            "ready_n": sum(not row.blocks for row in rows),
            "promised": sum(row.promised for row in rows),
            "promised_n": sum(bool(row.promised) for row in rows),
            "waiting_sum": sum(row.amount for row in waiting),
            "waiting": [(row, words.blocks(row.blocks)) for row in waiting],
            "page": page,
            "may_change": request.member.can("payouts.change"),  # type: ignore[attr-defined]
            "accounts": PayingAccount.objects.filter(is_active=True).exists(),
        }
        return self.page("console/payouts/payouts.html", context)


class NewForm(forms.Form):
    """From which account, on which day."""

    account: Any = forms.ModelChoiceField(queryset=QuerySet(PayingAccount), label=gettext_lazy("Paying account"))
    pay_on = forms.DateField(
        label=gettext_lazy("To be paid on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = PayingAccount.objects.filter(is_active=True)
        self.fields["account"].queryset = accounts  # type: ignore[attr-defined]
        if len(accounts) > 1:  # the page has a link for each, because who can be paid depends on it
            self.fields["account"].widget = forms.HiddenInput()


class NewBatch(ConsoleView):
    """Draft a batch: the payees who can be paid from an account, all of them chosen beforehand."""

    permission = "payouts.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = row_id(request.GET.get("account", ""))
        accounts = PayingAccount.objects.filter(is_active=True)
        account = accounts.first() if asked is None else accounts.filter(pk=asked).first()
        initial = {"account": account, "pay_on": request.agency.today()}  # type: ignore[attr-defined]
        return self.answer(NewForm(initial=initial), account)

    def answer(self, form: NewForm, account: PayingAccount | None, status: int = 200) -> HttpResponse:
        rows = due(account.channel, account.form) if account else []
        ready: list[Due] = [row for row in rows if not row.blocks]
        context = {
            "title": _("New batch of payouts"),
            "crumbs": [(_("Payouts"), reverse(PAGE))],
            "form": form,
            "account": account,
            "accounts": PayingAccount.objects.filter(is_active=True),
            "ready": ready,
            "total": sum(row.amount for row in ready),
            "waiting": [(row, words.blocks(row.blocks)) for row in rows if row.blocks],
        }
        return self.page("console/payouts/new.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewForm(request.POST)
        if not form.is_valid():
            return self.answer(form, form.cleaned_data.get("account"), 422)
        data = form.cleaned_data
        chosen = row_ids(request.POST.getlist("payee"))
        try:
            batch = batches.batch_create(
                actor=request.user,  # type: ignore[arg-type]
                account=data["account"],
                pay_on=data["pay_on"],
                payees=chosen,
                note=data["note"],
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return self.answer(form, data["account"], 422)
        messages.success(request, _("Drafted. A second person approves it now."))
        return HttpResponseRedirect(reverse("console:payout-batch", args=[batch.pk]))


class BatchPage(ConsoleView):
    """One batch: where it stands, whom it pays, what the bank did."""

    permission = "payouts.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(all_batches(), pk=pk)
        payouts = list(batch.payouts.select_related("payee", "paid_by", "returned_by").order_by("place"))
        member, user = request.member, request.user  # type: ignore[attr-defined]
        change = member.can("payouts.change")
        counted = [one for one in payouts if one.state != One.DROPPED]
        outcomes = {state: [one for one in counted if one.state == state] for state in One}
        context = {
            "title": str(batch),
            "crumbs": [(_("Payouts"), reverse(PAGE))],
            "batch": batch,
            "steps": steps(batch, outcomes),
            "rows": [(one, words.account(one.account)) for one in payouts],
            "changed": batches.changed_since(batch) if batch.state in {State.DRAFT, State.APPROVED} else [],
            "outcomes": [
                (state.label, sum(o.amount_fen for o in found), len(found))
                for state, found in outcomes.items()
                if found
            ],
            "may_change": change,
            "may_approve": batch.state == State.DRAFT
            and member.can("payouts.approve")
            and batch.created_by_id != user.pk,
            "own": batch.state == State.DRAFT and batch.created_by_id == user.pk,
            "may_drop": change and batch.state in {State.DRAFT, State.APPROVED},
            "may_export": change and member.can("payees.reveal") and batch.state == State.APPROVED,
            "may_download": change and member.can("payees.reveal") and batch.state == State.EXPORTED,
            "open": change and any(one.state in {One.EXPORTED, One.PAID} for one in payouts),
            "today": request.agency.today(),  # type: ignore[attr-defined]
        }
        return self.page("console/payouts/batch.html", context)


def steps(batch: PayoutBatch, outcomes: dict[Any, list[Payout]]) -> list[dict[str, str]]:
    """The batch's way, and whose step is next."""
    reached = [State.DRAFT, State.APPROVED, State.EXPORTED, State.DROPPED].index(State(batch.state))
    waiting = len(outcomes[One.EXPORTED])
    way = [
        (_("Drafted"), person(batch.created_by), 0),
        (_("Approved"), person(batch.approved_by) if batch.approved_by_id else _("a second person"), 1),
        (_("File made"), person(batch.exported_by) if batch.exported_by_id else _("Finance"), 2),
    ]
    made = [
        {"title": title, "text": text, "state": "done" if reached >= at else "now" if reached == at - 1 else ""}
        for title, text, at in way
    ]
    if batch.state == State.DROPPED:
        return [{"title": _("Dropped"), "text": _("everybody in it is due again"), "state": "blocked"}]
    over = reached == 2 and not waiting
    text = ngettext("%(n)s not known yet", "%(n)s not known yet", waiting) % {"n": waiting}
    state = "done" if over else "now" if reached == 2 else ""
    return [*made, {"title": _("Paid by the bank"), "text": text if reached == 2 and waiting else "", "state": state}]


class Move(ConsoleView):
    """A step of a batch; POST only. What a service refuses is said on its page."""

    permission = "payouts.view"
    change_permission = "payouts.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(PayoutBatch, pk=pk)
        return HttpResponseRedirect(reverse("console:payout-batch", args=[batch.pk]))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(PayoutBatch.objects.select_related("account"), pk=pk)
        try:
            with transaction.atomic():
                self.act(batch, request)
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("console:payout-batch", args=[pk]))

    def act(self, batch: PayoutBatch, request: HttpRequest) -> None:
        raise NotImplementedError


class Approve(Move):
    """Approve what somebody else drafted."""

    change_permission = "payouts.approve"

    def act(self, batch: PayoutBatch, request: HttpRequest) -> None:
        batches.batch_approve(actor=request.user, batch=batch)  # type: ignore[arg-type]
        messages.success(request, _("Approved. The bank's file can be made now."))


class Drop(Move):
    """Give the batch up."""

    def act(self, batch: PayoutBatch, request: HttpRequest) -> None:
        batches.batch_drop(actor=request.user, batch=batch)  # type: ignore[arg-type]
        messages.success(request, _("Dropped. Everybody in it is due again."))


class Export(Move):
    """Make the bank's file."""

    def act(self, batch: PayoutBatch, request: HttpRequest) -> None:
        batches.batch_export(actor=request.user, batch=batch)  # type: ignore[arg-type]
        messages.success(request, _("The file is made. Download it, give it to the bank, and say here what was paid."))


class Remove(Move):
    """Take one payee out."""

    def act(self, batch: PayoutBatch, request: HttpRequest) -> None:
        one = get_object_or_404(batch.payouts.select_related("batch"), pk=row_id(request.POST.get("payout", "")))
        batches.payout_remove(actor=request.user, payout=one)  # type: ignore[arg-type]
        messages.success(request, _("%(name)s is taken out and due again.") % {"name": one.payee.name})


class Results(Move):
    """Record what the bank did with the chosen payouts."""

    def act(self, batch: PayoutBatch, request: HttpRequest) -> None:
        data = request.POST
        chosen = row_ids(data.getlist("payout"))
        payouts = list(batch.payouts.filter(pk__in=chosen).select_related("batch__agency", "payee"))
        result, reason = data.get("result", ""), data.get("reason", "")
        actor: Any = request.user
        if result == "failed":
            results.payouts_failed(actor=actor, payouts=payouts, reason=reason)
        else:
            try:
                day = date.fromisoformat(data.get("day", ""))
            except ValueError:
                messages.error(request, _("Say on which day."))
                return
            if result == "paid":
                results.payouts_paid(actor=actor, payouts=payouts, paid_on=day)
            else:
                results.payouts_returned(actor=actor, payouts=payouts, returned_on=day, reason=reason)
        told = ngettext("Recorded for %(n)s payout.", "Recorded for %(n)s payouts.", len(payouts))
        messages.success(request, told % {"n": len(payouts)})


class File(ConsoleView):
    """The bank's file. It holds account numbers in plain text: each look is in the audit trail."""

    permission = "payouts.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(PayoutBatch.objects.select_related("account"), pk=pk)
        try:
            content = batches.batch_file(actor=request.user, batch=batch)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("console:payout-batch", args=[pk]))
        response = HttpResponse(content, content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="{batch.file_name}"'
        return response
