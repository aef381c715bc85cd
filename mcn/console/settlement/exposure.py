"""Refund exposure of a month: what refunds took back of it, what they may still take back, and the reserve for it."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.console.jobs.views import job_fragment, title_of
from mcn.console.views import ConsoleView
from mcn.core.periods import Period as Month
from mcn.jobs.models import Job
from mcn.settlements import overview
from mcn.settlements.exposure import job as sums
from mcn.settlements.exposure.learning import LEAST_LINES, MOST_AGE
from mcn.settlements.exposure.month import Exposure, exposure, summed_months

PAGE = "console:exposure"
WHY = {  # why no reserve is suggested, and what to do
    "not_over": gettext_lazy(
        "No reserve yet: this month was calculated before it was over. Calculate it once it is over."
    ),
    "earlier": gettext_lazy(
        "No reserve yet: an earlier month has not been calculated since it was over, so it is not known what it lost."
    ),
    "first": gettext_lazy(
        "No reserve: no earlier month was settled here, so nothing tells what refunds will still take back. From the"
        " second month on, a month learns from those before it."
    ),
    "few": gettext_lazy(
        "No reserve: the earlier months that are old enough settled fewer than %(least)s lines. That is too"
        " little to tell."
    ),
    "old": gettext_lazy("No reserve: %(most)s months have passed. Nothing is foreseen so long after a month."),
}
LEARNT = {
    "own": gettext_lazy("these goods"),
    "all": gettext_lazy("all goods"),
    "both": gettext_lazy("these goods, later all goods"),
}


class ExposurePage(ConsoleView):
    """The exposure of a month; everything is a stored sum."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        months = overview.calculated_months()
        summed = summed_months()
        asked = request.GET.get("month", "")
        code = asked if asked in months else next(iter([*summed, *months]), "")
        job = _open_job()
        context: dict[str, Any] = {
            "title": _("Refund exposure"),
            "months": months,
            "month": code,
            "job": job,
            "job_title": title_of(job) if job else "",
            "stale": code in sums.stale(),
            "may_sum": request.member.can(SumUp.change_permission),  # type: ignore[attr-defined]
        }
        found = exposure(Month.parse(code), request.agency) if code else None  # type: ignore[attr-defined]
        if found is not None:
            context |= self.figures(found)
        return self.page("console/settlement/exposure.html", context)

    @staticmethod
    def figures(found: Exposure) -> dict[str, Any]:
        statements = overview.statements_by_anchor(f"{found.month}")
        whole = found.settled.pool
        last = found.coming[-1].age if found.coming else 0
        return {
            "found": found,
            "why": WHY[found.why] % {"least": LEAST_LINES, "most": MOST_AGE} if found.why else "",
            "taken_back": _part(Fraction(found.clawed.pool, whole) if whole > 0 else None),
            "past": [(one, _part(one.rate), _part(one.lost.rate.pool if one.lost else None)) for one in found.past],
            "compared": any(one.lost for one in found.past),
            "coming": [(one, _part(one.learnt.rate.pool), len(one.learnt.months)) for one in found.coming],
            "last": last,
            "may_be_later": last < MOST_AGE,
            "least": LEAST_LINES,
            "anchors": [(row, statements.get(row.key)) for row in found.anchors],
            "categories": [(row, LEARNT.get(row.learnt, "–")) for row in found.categories],
        }


def _part(rate: Fraction | None) -> Decimal | None:
    """A rate for people: hundredths of a percent, for the page alone."""
    if rate is None:
        return None
    return (Decimal(rate.numerator) / Decimal(rate.denominator)).quantize(Decimal("0.0001"))


def _open_job() -> Job | None:
    return Job.objects.filter(kind=sums.KIND, state__in=Job.OPEN).order_by("-created_at").first()


class Progress(ConsoleView):
    """The job's fragment on the page; when it has ended, the page loads again with what came of it."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        job = Job.objects.filter(kind=sums.KIND).order_by("-created_at").first()
        if job is None:
            raise Http404
        return job_fragment(self, "console/settlement/_job.html", job)


class SumUp(ConsoleView):
    """Have the sums made that are missing, of months calculated before there were any: a job. POST only."""

    permission = "settlements.view"
    change_permission = "settlements.calculate"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE))

    def post(self, request: HttpRequest) -> HttpResponse:
        sums.start(actor=request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse(PAGE))
