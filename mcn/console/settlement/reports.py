"""Monthly reports: what a month settled by anchor, brand, platform and session, its workbook, and the schedule."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.console.jobs.views import may_download, title_of
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.jobs.models import Job
from mcn.settlements import overview
from mcn.settlements.exports import jobs as exports
from mcn.settlements.exports.services import may_export
from mcn.settlements.exposure import job as summing
from mcn.settlements.models import ReportSum
from mcn.settlements.reports import reads, schedule, sums
from mcn.settlements.reports.sheets import WORDS

PAGE = "console:reports"
By = ReportSum.By
HEADINGS = {
    "lines": gettext_lazy("Order lines"),
    "net_gmv": gettext_lazy("Net GMV"),
    "refund_rate": gettext_lazy("Refund rate"),
    "pool": gettext_lazy("Pool"),
    "other": gettext_lazy("Other income and costs"),
    "share": gettext_lazy("Payees' shares"),
    "agency_share": gettext_lazy("Agency's share"),
}


class Reports(ConsoleView):
    """One table of a month beside the month before; everything is a stored sum."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        months = overview.calculated_months()
        asked, by, sort = (request.GET.get(name, "") for name in ("month", "by", "sort"))
        code = asked if asked in months else next(iter(months), "")
        by = by if by in By.values else By.ANCHOR.value
        sort = sort if sort.removeprefix("-") in reads.SORTS else "-net_gmv"
        member = request.member  # type: ignore[attr-defined]
        job = Job.objects.filter(kind=summing.KIND, state__in=Job.OPEN).order_by("-created_at").first()
        made = reads.made(code) if code else []
        ordered = reads.scheduled(made)
        agency = request.agency  # type: ignore[attr-defined]
        context: dict[str, Any] = {
            "title": _("Monthly reports"),
            "months": months,
            "month": code,
            "by": by,
            "by_label": By(by).label,
            "job": job,
            "job_title": title_of(job) if job else "",
            "stale": code in sums.stale(),
            "may_sum": member.can(SumUp.change_permission),
            "may_export": may_export(member),
            "made": [(one, ordered.get(one.pk), may_download(member, one)) for one in made],
            "report_day": agency.report_day,
            "recipients": schedule.recipients(),
        }
        if code and reads.is_made(code):
            context |= self.figures(code, by, sort)
        return self.page("console/settlement/reports.html", context)

    @staticmethod
    def figures(code: str, by: str, sort: str) -> dict[str, Any]:
        name, falling = sort.removeprefix("-"), sort.startswith("-")
        table = reads.table(code, by, sort)
        links = [
            {
                "label": label,
                "sort": f"-{key}" if key != name or not falling else key,
                "order": ("descending" if falling else "ascending") if key == name else "",
            }
            for key, label in HEADINGS.items()
            if key != "other" or table.total.sums.other_fen or any(row.sums.other_fen for row in table.rows)
        ]
        statements = overview.statements_by_code(code) if by == By.ANCHOR else {}
        return {
            "tabs": [
                {"label": WORDS[one], "url": f"?month={code}&by={one}", "current": one == by, "count": None}
                for one in By
            ],
            "table": table,
            "rows": [(row, statements.get(row.named.key)) for row in table.rows],
            "headings": links,
            "has_other": len(links) == len(HEADINGS),
            "compared": by != By.SESSION and table.total.before is not None,
        }


class OrderReport(ConsoleView):
    """Have the workbook of a month made by a worker. POST only."""

    permission = "settlements.view"
    change_permission = "exports.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE))

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            job = exports.start(
                actor=request.user,  # type: ignore[arg-type]
                period=request.POST.get("month", ""),
                what=["report"],
                formats=[],
            )
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE))
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))


class SumUp(ConsoleView):
    """Have the sums made that are missing, of months calculated before there were any: a job. POST only."""

    permission = "settlements.view"
    change_permission = "settlements.calculate"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(PAGE))

    def post(self, request: HttpRequest) -> HttpResponse:
        summing.start(actor=request.user)  # type: ignore[arg-type]
        return HttpResponseRedirect(reverse(PAGE))


class ScheduleForm(forms.Form):
    """On which day the report of the month before is made, and who is mailed a link."""

    day = forms.TypedChoiceField(
        label=gettext_lazy("Day of the month"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("Off")), *((day, day) for day in range(1, schedule.LAST_DAY + 1))],
        help_text=gettext_lazy(
            "On this day the report of the month before is made; if that month is not calculated yet, once it is."
        ),
    )
    members = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Mail a link to"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Members who may see settlements. The mail holds a link and no figures."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.pk, one.name or one.user.email) for one in schedule.candidates()]
        self.fields["members"].choices = choices  # type: ignore[attr-defined]


class Schedule(ConsoleView):
    """The schedule, shown to whoever sees settlements."""

    permission = "settlements.view"
    change_permission = schedule.PERMISSION

    def get(self, request: HttpRequest) -> HttpResponse:
        chosen = [member.pk for member in schedule.recipients()]
        day = request.agency.report_day  # type: ignore[attr-defined]
        return self.answer(ScheduleForm(initial={"day": day, "members": chosen}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ScheduleForm(request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        try:
            changed = schedule.schedule_save(
                actor=request.user,  # type: ignore[arg-type]
                day=form.cleaned_data["day"],
                members=form.cleaned_data["members"],
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, 422)
        if changed:
            messages.success(request, _("The schedule has been saved."))
        else:
            messages.info(request, _("Nothing has changed."))
        return HttpResponseRedirect(request.path)

    def answer(self, form: ScheduleForm, status: int = 200) -> HttpResponse:
        may_change = self.request.member.can(schedule.PERMISSION)  # type: ignore[attr-defined]
        if not may_change:
            for field in form.fields.values():
                field.disabled = True
        context = {
            "title": _("Schedule of reports"),
            "crumbs": [(_("Monthly reports"), reverse(PAGE))],
            "form": form,
            "may_change": may_change,
        }
        return self.page("console/settlement/reports_schedule.html", context, status)
