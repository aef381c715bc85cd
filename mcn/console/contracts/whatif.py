"""What-if: other terms tried out on closed months, and what would have come of it."""

from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.anchors.models import Contract
from mcn.commissions.models import SplitRule
from mcn.commissions.terms import terms_of, version_on
from mcn.console.contracts.draft import Draft
from mcn.console.contracts.editor import Editor
from mcn.console.contracts.forms import GhostForm, RuleChangeForm
from mcn.console.contracts.words import Change, changes
from mcn.console.jobs.views import job_fragment, title_of
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError
from mcn.core.platforms import Platform
from mcn.jobs.models import Job
from mcn.settlements.models import GhostRule
from mcn.settlements.whatif import ghosts
from mcn.settlements.whatif import job as trials
from mcn.settlements.whatif.result import PayeeMonth, RateMoved, outcome
from mcn.settlements.whatif.scenario import RuleChange

PAGE = "console:what-ifs"
FEW = 3  # so many payees are shown month by month without asking


def about(parameters: dict[str, Any]) -> str:
    """What a trial or a ghost rule puts in place of what was in force, in one line."""
    scenario = trials.scenario_of(parameters)
    if scenario.draft is not None:
        return _("Draft of contract %(number)s") % {"number": scenario.draft.contract}
    assert scenario.change is not None
    return formats.listed(change_words(scenario.change))


def change_words(change: RuleChange) -> list[str]:
    """A change of rules: which income, what of it, of whom."""
    income = str(SplitRule.Income(change.income).label)
    found = []
    if change.points:
        sign = "+" if change.points > 0 else formats.MINUS
        points = formats.exact_percent(abs(change.points)).removesuffix(" %")
        found.append(_("%(income)s %(points)s points") % {"income": income, "points": f"{sign}{points}"})
    if change.bounds != 1:
        factor = formats.exact_percent(change.bounds / 100).removesuffix(" %")
        found.append(_("bounds of tiers (%(income)s) × %(factor)s") % {"income": income, "factor": factor})
    who = formats.listed(change.anchors) if change.anchors else _("all anchors")
    return [*found, who]


class Trials(ConsoleView):
    """A page about trials that are still kept."""

    permission = trials.PERMISSION

    def jobs(self) -> QuerySet[Job]:
        return trials.kept().filter(agency=self.request.agency)  # type: ignore[attr-defined]

    def job(self, pk: int) -> Job:
        return get_object_or_404(self.jobs(), pk=pk)


class WhatIfs(Trials):
    """The trials of the last 30 days; a change of many rules is tried out from here, a draft from its editor."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(RuleChangeForm(agency=request.agency))  # type: ignore[attr-defined]

    def answer(self, form: RuleChangeForm, status: int = 200) -> HttpResponse:
        rows = [{"job": job, "about": about(job.parameters)} for job in self.jobs().defer("counts")[:50]]
        context = {
            "title": _("What-if"),
            "form": form,
            "rows": rows,
            "ghosts": [
                {"ghost": ghost, "about": about({"scenario": ghost.scenario}), "months": ghost.months.count()}
                for ghost in GhostRule.objects.filter(agency=self.request.agency).order_by("ended_at", "name")  # type: ignore[attr-defined]
            ],
            "may_edit": self.request.member.can("contracts.change"),  # type: ignore[attr-defined]
        }
        return self.page("console/contracts/whatifs.html", context, status)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RuleChangeForm(request.POST, agency=request.agency)  # type: ignore[attr-defined]
        if not form.is_valid():
            return self.answer(form, 422)
        data = form.cleaned_data
        try:
            job = trials.start_change(
                actor=request.user,  # type: ignore[arg-type]
                anchors=list(data["anchors"]),
                income=data["income"],
                points=Fraction(data["points"]) / 100,
                bounds=Fraction(data["bounds"]),
                months=data["months"],
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self.answer(form, 422)
        return HttpResponseRedirect(reverse("console:what-if", args=[job.pk]))


class WhatIf(Trials):
    """One trial: under way, failed, or with what came of it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.job(pk)
        codes = job.parameters["months"]
        context: dict[str, Any] = {
            "title": about(job.parameters),
            "crumbs": [(_("What-if"), reverse(PAGE))],
            "job": job,
            "job_title": title_of(job),
            "period": [formats.period(code) for code in (codes[0], codes[-1])],
            "many": len(codes) > 1,
            **self.draft(job),
        }
        if job.state == Job.State.DONE:
            context |= result_context(job.counts, self.request) | {"keep": GhostForm()}
        return self.page("console/contracts/whatif.html", context)

    def draft(self, job: Job) -> dict[str, Any]:
        """The draft of a contract: what it changes, and how to go on with it."""
        pk = job.parameters.get("contract")
        contract = Contract.objects.filter(agency=job.agency_id, pk=pk).select_related("anchor", "agency").first()
        if contract is None:
            return {}
        editor = Editor(contract, Draft.of_post(job.parameters["form"]), check=True)
        told: list[Change] = []
        if editor.is_valid():  # what a rule covers may have been deleted meanwhile
            terms = editor.terms()
            latest = version_on(contract, terms.starts_on)
            told = changes(terms_of(latest) if latest else None, terms)
        may_edit = self.request.member.can("contracts.change")  # type: ignore[attr-defined]
        return {"contract": contract, "changes": told, "data": job.parameters["form"] if may_edit else None}


def result_context(counts: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """What came of a trial, or of a ghost rule, for the page."""
    found = outcome(counts)
    asked = request.GET.get("payee", "")
    shown = [payee for payee in found.payees if payee.code == asked]
    if not shown and len(found.payees) <= FEW:
        shown = list(found.payees)
    return {
        "found": found,
        "groups": [
            (_("Winners"), "trending-up", found.winners),
            (_("Losers"), "trending-down", found.losers),
            (_("Unchanged"), "minus", found.same),
        ],
        "shown": [(payee, [(month, rates_of(month)) for month in payee.months]) for payee in shown],
    }


class KeepGhost(Trials):
    """Keep a trial as a ghost rule."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        job, form = self.job(pk), GhostForm(request.POST)
        back = HttpResponseRedirect(reverse("console:what-if", args=[job.pk]))
        if job.state != Job.State.DONE or not form.is_valid():
            messages.error(request, _("Give the ghost rule a name."))
            return back
        try:
            ghost = ghosts.keep(actor=request.user, trial=job, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
            return back
        return HttpResponseRedirect(reverse("console:ghost", args=[ghost.pk]))


class GhostView(Trials):
    """A page about one ghost rule."""

    def ghost(self, pk: int) -> GhostRule:
        return get_object_or_404(GhostRule, agency=self.request.agency, pk=pk)  # type: ignore[attr-defined]


class Ghost(GhostView):
    """A ghost rule and what its months would have been."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        ghost = self.ghost(pk)
        months = list(ghost.months.select_related("period").defer("period__inputs").order_by("period__code"))
        context: dict[str, Any] = {
            "title": ghost.name,
            "crumbs": [(_("What-if"), reverse(PAGE))],
            "ghost": ghost,
            "about": about({"scenario": ghost.scenario}),
            "not_reckoned": ghosts.not_reckoned(ghost=ghost),
        }
        if months:
            context |= result_context({"months": [row.result for row in months]}, request)
        return self.page("console/contracts/ghost.html", context)


class EndGhost(GhostView):
    """Reckon with a ghost rule no more."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        ghost = self.ghost(pk)
        try:
            ghosts.end(actor=request.user, ghost=ghost)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("console:ghost", args=[ghost.pk]))


def rates_of(month: PayeeMonth) -> list[dict[str, Any]]:
    """The rates of a month: what they cover, before and after. The contract is named where there are several."""
    versions = {(rate.contract, rate.version) for rate in month.rates}
    found = []
    for rate in month.rates:
        name = _scope(rate)
        if len(versions) > 1:
            name = _("%(scope)s (%(contract)s, version %(version)s)") % {
                "scope": name,
                "contract": rate.contract,
                "version": rate.version,
            }
        found.append({"name": name, "before": _rate(rate.before), "after": _rate(rate.after), "differs": rate.differs})
    return found


def _scope(rate: RateMoved) -> str:
    label = str(SplitRule.Scope(rate.scope).label)
    value = str(Platform(rate.value).label) if rate.scope == SplitRule.Scope.PLATFORM else rate.value
    return f"{label} {value}".strip()


def _rate(side: tuple[Fraction, tuple[int, int] | None] | None) -> str:
    if side is None:
        return "–"
    rate, steps = side
    text = formats.exact_percent(rate)
    return (
        text
        if steps is None
        else _("%(rate)s (step %(step)s of %(steps)s)")
        % {
            "rate": text,
            "step": steps[0],
            "steps": steps[1],
        }
    )


class Progress(Trials):
    """The job's fragment; when it has ended, the page loads again with what came of it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return job_fragment(self, "console/settlement/_job.html", self.job(pk))
