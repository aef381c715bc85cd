"""What anchors say to their statements: disputing a month or a line, and following what becomes of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.core.errors import DomainError
from mcn.core.money import MoneyError, fen_from_yuan
from mcn.portal import selectors
from mcn.portal.views import PortalView
from mcn.settlements import attachments
from mcn.settlements.disputes import reads, services
from mcn.settlements.disputes.deadlines import standing
from mcn.settlements.models import Dispute
from mcn.settlements.places import Place, of_share, of_statement

LONGEST = 1000


class DisputeForm(forms.Form):
    """What is wrong, what it should be, and a picture of it."""

    reason = forms.CharField(
        label=gettext_lazy("What is wrong?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST}),
    )
    wished = forms.CharField(
        label=gettext_lazy("What should it be?"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": "1234.56"}),
        help_text=gettext_lazy("In yuan, before tax."),
    )
    file = forms.FileField(
        label=gettext_lazy("Photo or file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*,.pdf,.xlsx,.docx"}),
        help_text=gettext_lazy("A picture, a PDF, an xlsx or a docx file, up to 10 MB."),
    )

    def clean_wished(self) -> int | None:
        """Whole fen of the yuan that were typed."""
        text = self.cleaned_data["wished"].strip()
        if not text:
            return None
        try:
            return fen_from_yuan(text)
        except MoneyError as error:
            raise forms.ValidationError(_("Write an amount in yuan such as 1234.56.")) from error


class NewDispute(PortalView):
    """The form, for what a subclass says it is about."""

    change_permission = "portal.answer"

    def place(self, **about: Any) -> Place:
        raise NotImplementedError

    def get(self, request: HttpRequest, **about: Any) -> HttpResponse:
        return self.answer(self.place(**about), DisputeForm())

    def answer(self, place: Place, form: DisputeForm, status: int = 200) -> HttpResponse:
        assert place.period is not None
        found = standing(self.request.agency, place.period, self.anchor.payee_id)  # type: ignore[attr-defined]
        return self.page(
            "portal/dispute_form.html",
            _("Dispute"),
            "earnings",
            status=status,
            place=place,
            form=form,
            standing=found,
            days=self.request.agency.dispute_answer_days,  # type: ignore[attr-defined]
        )

    def post(self, request: HttpRequest, **about: Any) -> HttpResponse:
        place, form = self.place(**about), DisputeForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.answer(place, form, 422)
        data = form.cleaned_data
        try:
            dispute = services.dispute_file(
                actor=request.user,  # type: ignore[arg-type]
                place=place,
                reason=data["reason"],
                wished_fen=data["wished"],
                upload=data["file"],
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(place, form, 422)
        messages.success(request, _("Sent to your agency."))
        return HttpResponseRedirect(reverse("portal:dispute", args=[dispute.pk]))


class DisputeMonth(NewDispute):
    """Dispute the statement of a month."""

    def place(self, **about: Any) -> Place:
        return of_statement(get_object_or_404(selectors.own_statements(self.anchor), period__code=about["period"]))


class DisputeLine(NewDispute):
    """Dispute one line."""

    def place(self, **about: Any) -> Place:
        try:
            return of_share(about["pk"], payee_id=self.anchor.payee_id)
        except DomainError as error:
            raise Http404 from error


class DisputePage(PortalView):
    """One own dispute: its state, until when the agency answers, and the answer. It may be withdrawn, or, once it is
    rejected, laid to rest."""

    change_permission = "portal.answer"

    def dispute(self, pk: int) -> Dispute:
        return get_object_or_404(reads.disputes().filter(payee=self.anchor.payee_id), pk=pk)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        dispute = self.dispute(pk)
        made = dispute.corrections.filter(state="approved").select_related("made").first()
        return self.page(
            "portal/dispute.html",
            _("Dispute"),
            "earnings",
            dispute=dispute,
            correction=made,
            withdraw={"step": "withdraw"},
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.dispute(pk)
        act = services.dispute_withdraw if request.POST.get("step") == "withdraw" else services.dispute_acknowledge
        try:
            act(actor=request.user, dispute_id=pk)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        else:
            messages.success(request, _("This dispute is closed."))
        return HttpResponseRedirect(reverse("portal:dispute", args=[pk]))


class DisputeFile(DisputePage):
    """The file that was sent with it."""

    http_method_names = ["get"]  # noqa: RUF012 -- as Django's View declares it

    def get(self, request: HttpRequest, pk: int) -> FileResponse:  # type: ignore[override]
        return attachments.response(actor=request.user, record=self.dispute(pk))  # type: ignore[arg-type]
