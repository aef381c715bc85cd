"""Months: the list, the cockpit, and the moves from calculation to closing."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.console.generic.filters import search
from mcn.console.jobs.views import job_fragment, title_of
from mcn.console.settlement import words
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError
from mcn.core.periods import Period as Month
from mcn.jobs import jobs
from mcn.jobs.models import Job
from mcn.settlements import overview, readiness, services
from mcn.settlements.former import changes
from mcn.settlements.models import GhostMonth, Period
from mcn.settlements.proof_pack import job as packs
from mcn.settlements.services.calculation import COLUMNS
from mcn.settlements.statements.lines import ONLY_IF_ANY
from mcn.settlements.statements.words import label
from mcn.settlements.whatif.ghosts import NotReckoned, not_reckoned
from mcn.settlements.whatif.job import PERMISSION
from mcn.settlements.whatif.result import outcome

MONTHS = "console:months"
State = Period.State
JOBS = ("calculate", "submit", "close")  # what a month's page follows
IMPORTANT = ("net_gmv", "pool", "earned", "guarantee_top_up", "tax", "advance_recouped", "net_pay")


class MonthList(ConsoleView):
    """All months with what they came to."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        unmatched = overview.unmatched_by_month()
        rows = [{"period": period, "unmatched": unmatched.get(period.code)} for period in overview.months()]
        context = {
            "title": _("Months"),
            "rows": rows,
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        return self.page("console/settlement/months.html", context)


class MonthView(ConsoleView):
    """A page about one month."""

    permission = "settlements.view"

    def period(self, code: str) -> Period:
        period = overview.month(code)
        if period is None:
            raise Http404
        return period


class Cockpit(MonthView):
    """Where the month stands, what stands in its way, what everybody gets."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        period = self.period(code)
        month = Month.parse(code)
        lines, last_day = readiness.data_until(month)
        unmatched = overview.unmatched_of(code)
        before = overview.month_before(code)
        job = self.latest_job(code)
        context: dict[str, Any] = {
            "title": formats.period(code),
            "crumbs": [(_("Months"), reverse(MONTHS))],
            "period": period,
            "steps": words.steps(
                period,
                lines=lines,
                last_day=last_day,
                unmatched_fen=unmatched.pool_fen,
                unmatched=unmatched.lines,
                agency=request.agency,  # type: ignore[attr-defined]
            ),
            "blockers": [words.blocker(found) for found in readiness.blockers(period)],
            "unmatched": unmatched,
            "totals": period.totals or None,
            "totals_before": before.totals if before else {},
            "job": job,
            "job_title": title_of(job) if job else "",
            "may": self.allowed(period),
            "ghosts": self.ghosts(period),
            "not_reckoned": self.not_reckoned(period),
            "packs": period.packs.order_by("made_at"),
            "own": period.state == State.IN_REVIEW and period.submitted_by_id == request.user.pk,
            **self.changed(period),
            **self.statements(period, before),
        }
        return self.page("console/settlement/month.html", context)

    def ghosts(self, period: Period) -> list[tuple[Any, ...]]:
        """The month with each ghost rule: the row, the month's sums, how many gain and how many lose."""
        if not self.request.member.can(PERMISSION):  # type: ignore[attr-defined]
            return []
        found = []
        for row in GhostMonth.objects.filter(period=period).select_related("ghost").order_by("ghost__name"):
            came = outcome({"months": [row.result]})
            found.append((row, came.total, len(came.winners), len(came.losers)))
        return found

    def not_reckoned(self, period: Period) -> list[NotReckoned]:
        """The ghost rules that the month still lacks, and why."""
        return not_reckoned(period=period) if self.request.member.can(PERMISSION) else []  # type: ignore[attr-defined]

    @staticmethod
    def changed(period: Period) -> dict[str, Any]:
        """What the newest calculation changed, while something is kept of the one before."""
        former = changes.former_of(period)
        if former is None:
            return {}
        return {"former": former, "changed_payees": changes.changed_payees(period, former)}

    @staticmethod
    def latest_job(code: str) -> Job | None:
        """The work on the month that runs, or that failed last."""
        job = Job.objects.filter(kind__in=JOBS, subject=code).order_by("-created_at").first()
        return job if job is not None and (job.is_open or job.state == Job.State.FAILED) else None

    def allowed(self, period: Period) -> dict[str, bool]:
        """The moves that the month's state and this member's roles allow."""
        member, user = self.request.member, self.request.user  # type: ignore[attr-defined]
        state = period.state
        own = period.submitted_by_id == user.pk
        second = user.pk not in {period.submitted_by_id, period.calculated_by_id, period.first_approved_by_id}
        return {
            "calculate": state in {State.OPEN, State.CALCULATED} and member.can("settlements.calculate"),
            "submit": state == State.CALCULATED and member.can("settlements.submit"),
            "approve": state == State.IN_REVIEW and second and member.can("settlements.approve"),
            "send_back": state in {State.IN_REVIEW, State.APPROVED} and (own or member.can("settlements.approve")),
            "close": state == State.APPROVED and member.can("settlements.close"),
            "verify": state == State.CLOSED,
            "export": period.calculated_at is not None and member.can("exports.create"),
            "proof_pack": state == State.CLOSED and member.can("exports.create"),
        }

    def statements(self, period: Period, before: Period | None) -> dict[str, Any]:
        """The table of statements: which columns, sorted how, compared with the month before."""
        query = self.request.GET
        columns: Sequence[str] = COLUMNS if query.get("all") else IMPORTANT
        sort = query.get("sort", "code")
        known = {"code", "name", *(f"{name}_fen" for name in COLUMNS)}
        order = sort if sort.lstrip("-") in known else "code"
        words_asked = query.get("q", "").strip()
        rows = list(search(overview.statements_of(period).order_by(order, "code"), words_asked, ("code", "name")))
        columns = [
            name for name in columns if name not in ONLY_IF_ANY or any(getattr(row, f"{name}_fen") for row in rows)
        ]
        earlier = overview.earlier_statements(before)
        table = [
            {
                "statement": row,
                "cells": [(name, getattr(row, f"{name}_fen")) for name in columns],
                "before": earlier[row.payee_id].net_pay_fen if row.payee_id in earlier else None,
            }
            for row in rows
        ]
        heads = [self.head(name, order) for name in columns]
        sums = [(name, sum(getattr(line["statement"], f"{name}_fen") for line in table)) for name in columns]
        return {
            "heads": heads,
            "code_head": self.head("code", order),
            "table": table,
            "sums": sums,
            "words": words_asked,
            "all_columns": bool(query.get("all")),
            "compared": before,
        }

    @staticmethod
    def head(name: str, order: str) -> dict[str, Any]:
        """A heading that sorts: amounts begin with the largest."""
        field = name if name == "code" else f"{name}_fen"
        first, second = (field, f"-{field}") if name == "code" else (f"-{field}", field)
        return {
            "label": label(field),
            "next": second if order == first else first,
            "down": order == f"-{field}",
            "up": order == field,
        }


class ReasonForm(forms.Form):
    """Why a month goes back."""

    reason = forms.CharField(max_length=500, required=False)


class Move(MonthView):
    """A step of the month; POST only. What a service refuses is said on the cockpit."""

    step = ""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        return HttpResponseRedirect(reverse("console:month", args=[code]))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        period = self.period(code)
        answer = HttpResponseRedirect(reverse("console:month", args=[code]))
        try:
            with transaction.atomic():
                return self.act(period) or answer
        except DomainError as error:
            messages.error(request, str(error))
            return answer

    def act(self, period: Period) -> HttpResponse | None:
        """Do it; an answer of its own leads elsewhere than to the cockpit."""
        raise NotImplementedError

    @property
    def actor(self) -> Any:
        return self.request.user


class Calculate(Move):
    """Calculate the month, again or for the first time: a job."""

    change_permission = "settlements.calculate"

    def act(self, period: Period) -> HttpResponse | None:
        jobs.start(actor=self.actor, kind="calculate", subject=period.code, parameters={"period": period.code})
        return None


class Submit(Move):
    """Hand the month over for review: a job, as it looks whether data changed since the calculation."""

    change_permission = "settlements.submit"

    def act(self, period: Period) -> HttpResponse | None:
        jobs.start(actor=self.actor, kind="submit", subject=period.code, parameters={"period": period.code})
        return None


class Approve(Move):
    """Approve what somebody else submitted."""

    change_permission = "settlements.approve"

    def act(self, period: Period) -> HttpResponse | None:
        row = services.approve(actor=self.actor, period=period.code)
        if row.state == State.APPROVED:
            messages.success(self.request, _("Approved. It can be closed now."))
        else:
            messages.success(self.request, _("Approved. The month is so large that a further person approves it, too."))
        return None


class SendBack(Move):
    """Take the month out of review; the submitter may, and whoever approves: the service sees to it."""

    def act(self, period: Period) -> HttpResponse | None:
        form = ReasonForm(self.request.POST)
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        services.send_back(actor=self.actor, period=period.code, reason=reason)
        messages.success(self.request, _("Sent back. It can be changed and calculated again."))
        return None


class Close(Move):
    """Close the month for good: a job. Unmatched money has to be accepted by its amount."""

    change_permission = "settlements.close"

    def act(self, period: Period) -> HttpResponse | None:
        accepted = self.accepted(period)
        if accepted is False:
            return None
        parameters = {"period": period.code, "accepted_unmatched_fen": accepted}
        jobs.start(actor=self.actor, kind="close", subject=period.code, parameters=parameters)
        return None

    def accepted(self, period: Period) -> Any:
        """The amount (fen) that the person accepted, None where there is none to accept, False to stop here."""
        unmatched = overview.unmatched_of(period.code)
        if not unmatched.lines:
            return None
        seen = self.request.POST.get("unmatched_fen", "")
        if self.request.POST.get("accept") != "yes":
            messages.error(
                self.request,
                _("%(amount)s belongs to nobody. Tick that you accept it, or mend the causes first.")
                % {"amount": formats.money(unmatched.pool_fen)},
            )
            return False
        if seen != str(unmatched.pool_fen):
            messages.error(
                self.request,
                _("The unmatched amount is %(amount)s now. Look at it again before you close.")
                % {"amount": formats.money(unmatched.pool_fen)},
            )
            return False
        return unmatched.pool_fen


class Verify(Move):
    """Recompute a closed month from its frozen inputs: a job, and its result's page."""

    def act(self, period: Period) -> HttpResponse | None:
        job = jobs.start(actor=self.actor, kind="verify", subject=period.code, parameters={"period": period.code})
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))


class ProofPack(Move):
    """Have the proof pack of a closed month made: a job, and its result's page."""

    change_permission = "exports.create"

    def act(self, period: Period) -> HttpResponse | None:
        job = packs.start(actor=self.actor, period=period.code)
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))


class Progress(MonthView):
    """The job's fragment on the cockpit; when it has ended, the page loads again with what came of it."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        job = Job.objects.filter(kind__in=JOBS, subject=code).order_by("-created_at").first()
        if job is None:
            raise Http404
        return job_fragment(self, "console/settlement/_job.html", job)
