"""The split editor: fill in, review what changes, save. A saved version is never edited."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.accounts.keeping import UNCHANGED
from mcn.anchors.models import Contract, ContractVersion
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Terms, current_versions, terms_of, version_on
from mcn.console.contracts.draft import Draft
from mcn.console.contracts.editor import Editor
from mcn.console.contracts.forms import MonthsForm
from mcn.console.contracts.words import changes
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError, RuleError
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.whatif.job import PERMISSION, start_draft


class VersionEditor(ConsoleView):
    """A new version of a contract, beginning with the terms of the latest one."""

    permission = "contracts.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        contract = self.contract(pk)
        return self.edit(Editor(contract, self.first_draft(contract)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        contract, do = self.contract(pk), request.POST.get("do", "")
        draft = Draft.of_post(request.POST)
        if do not in {"review", "save", "try"}:
            draft.apply(do)
            return self.edit(Editor(contract, draft))
        editor = Editor(contract, draft, check=True)
        if not editor.is_valid():
            return self.edit(editor, 422)
        terms = editor.terms()
        if do == "try":
            return self.try_out(editor, terms)
        former = version_on(contract, terms.starts_on)
        told = changes(terms_of(former) if former else None, terms)
        try:
            version = self.write(contract, terms, keep=do == "save")
        except RuleError as error:
            editor.refuse(error)
            return self.edit(editor, 422)
        if version is None:
            editor.head.add_error("starts_on", _("The version of this day already says all of this."))
            return self.edit(editor, 422)
        if do == "save":
            messages.success(request, _("%(version)s has been saved.") % {"version": version})
            return HttpResponseRedirect(reverse("console:contracts-detail", args=[contract.pk]))
        return self.review(editor, terms, former, told)

    def try_out(self, editor: Editor, terms: Terms) -> HttpResponse:
        """Have closed months reckoned again with the draft; nothing of it is saved."""
        if not self.may_try:
            raise PermissionDenied
        form = MonthsForm(self.request.POST)
        try:
            job = start_draft(
                actor=self.request.user,  # type: ignore[arg-type]
                contract=editor.contract,
                terms=terms,
                months=form.cleaned_data["months"] if form.is_valid() else 0,
                form=editor.draft.data(),
            )
        except DomainError as error:
            editor.refuse(error)
            return self.edit(editor, 422)
        return HttpResponseRedirect(reverse("console:what-if", args=[job.pk]))

    @property
    def may_try(self) -> bool:
        return self.request.member.can(PERMISSION)  # type: ignore[attr-defined, no-any-return]

    def write(self, contract: Contract, terms: Terms, *, keep: bool) -> ContractVersion | None:
        """Save the version, or try it and take it back; None if nothing differs. Raises RuleError."""
        with transaction.atomic():
            version, outcome = contract_version_save(
                actor=self.request.user,  # type: ignore[arg-type]
                contract=contract,
                terms=terms,
                last_closed=last_closed_period(),
            )
            if not keep:
                transaction.set_rollback(True)
        return None if outcome == UNCHANGED else version

    def contract(self, pk: int) -> Contract:
        rows = Contract.objects.filter(agency=self.request.agency)  # type: ignore[attr-defined]
        return get_object_or_404(rows.select_related("anchor", "agency"), pk=pk)

    def first_draft(self, contract: Contract) -> Draft:
        agency = contract.agency
        today = agency.today()
        latest = current_versions(contract).order_by("-starts_on").first()
        if latest is None:
            return Draft.empty(contract.starts_on)
        return Draft.of_terms(terms_of(latest), min(max(today, contract.starts_on), contract.ends_on))

    def crumbs(self, contract: Contract) -> list[tuple[Any, str]]:
        return [
            (_("Contracts"), reverse("console:contracts")),
            (str(contract), reverse("console:contracts-detail", args=[contract.pk])),
        ]

    def edit(self, editor: Editor, status: int = 200) -> HttpResponse:
        contract = editor.contract
        context = {
            "title": _("New version of %(contract)s") % {"contract": contract},
            "crumbs": self.crumbs(contract),
            "contract": contract,
            "editor": editor,
            "back": reverse("console:contracts-detail", args=[contract.pk]),
            "months": MonthsForm() if self.may_try else None,
        }
        return self.page("console/contracts/editor.html", context, status)

    def review(self, editor: Editor, terms: Terms, former: ContractVersion | None, told: list[Any]) -> HttpResponse:
        contract = editor.contract
        later = current_versions(contract).filter(starts_on__gt=terms.starts_on)
        context = {
            "title": _("Review the new version"),
            "crumbs": self.crumbs(contract),
            "contract": contract,
            "terms": terms,
            "former": former,
            "supersedes": former is not None and former.starts_on == terms.starts_on,
            "next": later.order_by("starts_on").first(),
            "changes": told,
            "data": editor.draft.data(),
            "months": MonthsForm() if self.may_try else None,
        }
        return self.page("console/contracts/review.html", context)
