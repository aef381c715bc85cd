"""Disputes: what waits for an answer, what another rate would give, and the answer."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.commissions.counterfactual import in_bucket
from mcn.commissions.engine.counterfactual import AtRate, InBucket, at_rate, rate_for
from mcn.commissions.explanation import explain
from mcn.console.generic.keyset import keyset_page
from mcn.console.settlement.claims_forms import GrantForm, RateForm, RefuseForm
from mcn.console.settlement.places import told
from mcn.console.views import ConsoleView
from mcn.core.errors import Conflict, DomainError, NotAllowed
from mcn.settlements import attachments
from mcn.settlements.disputes import reads, services
from mcn.settlements.models import Dispute
from mcn.settlements.places import share_of, statement_of

PAGE = "console:disputes"
ONE = "console:dispute"
State = Dispute.State


class Disputes(ConsoleView):
    """Disputes with what is at stake and until when they have to be answered."""

    permission = "disputes.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        known = {"open": _("To be answered"), "answered": _("Answered"), "done": _("Done"), "all": _("All")}
        asked = request.GET.get("which", "open")
        which = asked if asked in known else "open"
        waiting = reads.waiting()
        by, descending = ("answer_by", False) if which == "open" else ("filed_at", True)
        page = keyset_page(reads.listed(which), by=by, at=request.GET.get("at", ""), descending=descending)
        member, today = request.member, request.agency.today()  # type: ignore[attr-defined]
        context = {
            "title": _("Disputes"),
            "tabs": [
                {
                    "label": label,
                    "url": f"{reverse(PAGE)}?which={code}",
                    "current": code == which,
                    "count": (waiting.count or None) if code == "open" else None,
                }
                for code, label in known.items()
            ],
            "which": which,
            "waiting": waiting,
            "page": page,
            "rows": [(row, told(row, member), row.state == State.OPEN and row.answer_by < today) for row in page.rows],
        }
        return self.page("console/settlement/disputes.html", context)


@dataclass(frozen=True)
class Compared:
    """A share and its bucket at a rate, and how they differ from what they are; fen."""

    label: str
    at: AtRate
    share_change: int
    bucket_change: int


class DisputePage(ConsoleView):
    """One dispute with the line's explanation, what another rate would give, and the answer."""

    permission = "disputes.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(pk)

    def answer(self, pk: int, status: int = 200, **typed: forms.Form) -> HttpResponse:
        """The page; `typed` has the form, by its name on the page, in which something is wrong."""
        request = self.request
        member = request.member  # type: ignore[attr-defined]
        dispute = get_object_or_404(reads.disputes(), pk=pk)
        share, statement = share_of(dispute), statement_of(dispute)
        steps = explain(share) if share else []
        rate_form = RateForm(request.GET if "rate" in request.GET else None)
        rate = rate_form.cleaned_data["rate"] if rate_form.is_bound and rate_form.is_valid() else None
        place = in_bucket(share, steps) if share else None
        compared = self.compared(*place, dispute, rate) if place else []
        now = share.share_fen if share else statement.earned_fen if statement else None
        waits = dispute.state == State.OPEN
        context: dict[str, Any] = {
            "title": dispute.payee.name,
            "crumbs": [(_("Disputes"), reverse(PAGE))],
            "dispute": dispute,
            "told": told(dispute, member),
            "share": share,
            "now": now,
            "steps": steps,
            "rate_form": rate_form,
            "compared": compared,
            "no_rate": share is not None and place is None,
            "overdue": waits and dispute.answer_by < request.agency.today(),  # type: ignore[attr-defined]
            "may_answer": waits and member.can("disputes.answer") and dispute.filed_by_id != request.user.pk,
            "grant": GrantForm(initial={"amount_fen": self.suggested(dispute, compared, rate)}),
            "refuse": RefuseForm(),
            "corrections": dispute.corrections.order_by("number") if member.can("settlements.view") else [],
            **typed,
        }
        return self.page("console/settlement/dispute.html", context, status)

    @staticmethod
    def compared(place: InBucket, rate_now: Fraction, dispute: Dispute, rate: Decimal | None) -> list[Compared]:
        """The share as it is, at the rate that was typed, and at the rate that would give what the anchor wishes."""
        asked = [(_("Now"), rate_now)]
        if rate is not None:
            asked.append((_("At another rate"), Fraction(rate)))
        wished = None if dispute.wished_fen is None else rate_for(place, dispute.wished_fen)
        if wished is not None:
            asked.append((_("As the anchor wishes"), wished))
        now = at_rate(place, rate_now)
        found = [(label, at_rate(place, one)) for label, one in asked]
        return [Compared(label, at, at.share - now.share, at.bucket - now.bucket) for label, at in found]

    @staticmethod
    def suggested(dispute: Dispute, compared: list[Compared], rate: Decimal | None) -> int | None:
        """The amount to begin with: the line's difference at the rate that was typed, else what is wished for."""
        if rate is not None and len(compared) > 1:
            return compared[1].share_change or None
        return None if dispute.wished_fen is None else dispute.wished_fen - dispute.figure_fen


class Answer(DisputePage):
    """An answer to a dispute; what is wrong with it is said on the dispute's page."""

    permission = "disputes.answer"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it
    form_class: type[forms.Form]
    name = ""  # of the form on the page

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        get_object_or_404(Dispute, pk=pk)
        form = self.form_class(request.POST)
        if not form.is_valid():
            return self.answer(pk, status=422, **{self.name: form})
        try:
            self.act(pk, form.cleaned_data)
        except (Conflict, NotAllowed) as error:  # there is nothing to answer any more, and so no form
            messages.error(request, capfirst(str(error)))
            return HttpResponseRedirect(reverse(ONE, args=[pk]))
        except DomainError as error:
            name = {"amount": "amount_fen"}.get(error.field or "", error.field)
            form.add_error(name if name in form.fields else None, capfirst(str(error)))
            return self.answer(pk, status=422, **{self.name: form})
        messages.success(request, self.said())
        return HttpResponseRedirect(reverse(ONE, args=[pk]))

    def act(self, pk: int, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def said(self) -> str:
        raise NotImplementedError


class DisputeAccept(Answer):
    """Grant an amount: it becomes a request for a correction."""

    form_class = GrantForm
    name = "grant"

    def act(self, pk: int, data: dict[str, Any]) -> None:
        services.dispute_accept(actor=self.request.user, dispute_id=pk, **data)  # type: ignore[arg-type]

    def said(self) -> str:
        return _("Accepted. A second person has to approve the correction.")


class DisputeReject(Answer):
    """Say why it stays as it is."""

    form_class = RefuseForm
    name = "refuse"

    def act(self, pk: int, data: dict[str, Any]) -> None:
        services.dispute_reject(actor=self.request.user, dispute_id=pk, **data)  # type: ignore[arg-type]

    def said(self) -> str:
        return _("Rejected. The anchor reads your answer.")


class DisputeFile(ConsoleView):
    """The file that the anchor sent."""

    permission = "disputes.view"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:  # type: ignore[override]
        return attachments.response(actor=request.user, record=get_object_or_404(Dispute, pk=pk))  # type: ignore[arg-type]
