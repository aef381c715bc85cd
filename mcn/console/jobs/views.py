"""The agency's long work: what runs, what came of it, and the files of exports to download."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.accounts.models import Membership
from mcn.console.generic.keyset import keyset_page
from mcn.console.jobs.forms import ExportForm
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS
from mcn.jobs.selectors import kinds_of, visible
from mcn.settlements import mending, pulling
from mcn.settlements.exports import LABELS, statement_book_job
from mcn.settlements.exports import jobs as exports
from mcn.settlements.exports import services as export_services
from mcn.settlements.exports.downloads import export_response
from mcn.settlements.verification import worded
from mcn.settlements.whatif import job as whatif


def kind_label(job: Job) -> str:
    """What the work is, in words."""
    return str(KINDS[job.kind].label) if job.kind in KINDS else job.kind


def job_fragment(view: ConsoleView, template: str, job: Job) -> HttpResponse:
    """A job for a page that asks again until it has ended; then the page loads anew, with what came of it."""
    context = {"job": job, "job_title": title_of(job), "url": view.request.get_full_path()}
    response = view.page(template, context)
    if not job.is_open:
        response["HX-Refresh"] = "true"
    return response


def title_of(job: Job) -> str:
    """What the job works on, in words."""
    period = job.parameters.get("period")
    if job.kind == "export":
        what, written = _words(job.parameters["what"]), ", ".join(job.parameters["formats"])
        return f"{formats.period(period)} · {what}" + (f" ({written})" if written else "")
    if job.kind == statement_book_job.KIND:
        return f"{kind_label(job)} · {formats.period(period)} · {job.parameters['code']}"
    if period:
        return f"{kind_label(job)} · {formats.period(period)}"
    if job.kind == pulling.KIND:
        return f"{kind_label(job)} · {pulling.title(job)}"
    if job.kind == whatif.KIND and job.subject != whatif.ALL:
        return f"{kind_label(job)} · {job.subject}"
    if job.kind in ("import", "preview"):
        # The subject is the file's name and the beginning of its hash, which keeps equal names apart.
        return job.subject.rsplit(" ", 1)[0]
    return kind_label(job)


def _words(what: list[str]) -> str:
    return formats.listed(LABELS.get(name, name) for name in what)


def may_download(member: Membership, job: Job) -> bool:
    """Whether the job has a file that this member may have now."""
    allowed = export_services.may_export(member, job.parameters.get("what", ()))
    ready = job.kind in export_services.KINDS and job.state == Job.State.DONE and bool(job.result_file)
    return allowed and ready and not export_services.has_expired(job)


class JobList(ConsoleView):
    """What is under way, what is done; exports are ordered here."""

    permission = "jobs.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(self.export_form())

    def export_form(self, data: Any = None) -> ExportForm | None:
        member = self.request.member  # type: ignore[attr-defined]
        if not export_services.may_export(member):
            return None
        return ExportForm(data, initial={"period": self.request.GET.get("period", "")}, member=member)

    def answer(self, form: ExportForm | None, status: int = 200) -> HttpResponse:
        request = self.request
        member = request.member  # type: ignore[attr-defined]
        kind = request.GET.get("kind", "")
        rows = visible(member)
        if kind in KINDS:
            rows = rows.filter(kind=kind)
        page = keyset_page(rows, by="created_at", at=request.GET.get("at", ""), size=25)
        shown = [{"job": job, "title": title_of(job), "file": may_download(member, job)} for job in page.rows]
        context = {
            "title": _("Jobs and downloads"),
            "form": form,
            "page": page,
            "running": [row for row in shown if row["job"].is_open],
            "finished": [row for row in shown if not row["job"].is_open],
            "kind": kind,
            "kinds": [(code, KINDS[code].label) for code in kinds_of(member)],
        }
        return self.page("console/jobs/jobs.html", context, status)


class NewExport(JobList):
    """Order the files of a month; a worker makes them."""

    permission = "exports.create"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("console:jobs"))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.export_form(request.POST)
        if form is None or not form.is_valid():
            return self.answer(form, 422 if form is not None else 403)
        data = form.cleaned_data
        try:
            job = exports.start(
                actor=request.user,  # type: ignore[arg-type]
                period=data["period"],
                what=data["what"],
                formats=data["formats"],
            )
        except DomainError as error:
            form.add_error(None, capfirst(str(error)))  # what was chosen stays chosen
            return self.answer(form, 422)
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))


class JobView(ConsoleView):
    """A page about one job that this member may see."""

    permission = "jobs.view"

    def job(self, pk: int) -> Job:
        return get_object_or_404(visible(self.request.member), pk=pk)  # type: ignore[attr-defined]

    def context(self, job: Job) -> dict[str, Any]:
        return {
            "job": job,
            "job_title": title_of(job),
            "url": reverse("console:job-progress", args=[job.pk]),
            "file": may_download(self.request.member, job),  # type: ignore[attr-defined]
            "expired": job.kind in export_services.KINDS
            and job.state == Job.State.DONE
            and export_services.has_expired(job),
            "months": self.verified(job),
            "sentences": mending.worded(job) + pulling.worded(job),
            "result_url": self.result_url(job),
        }

    @staticmethod
    def verified(job: Job) -> list[dict[str, Any]]:
        """Of a verification: each month with its differences in words."""
        if job.kind != "verify" or job.state != Job.State.DONE:
            return []
        return [{**month, "sentences": worded(month)} for month in job.counts.get("months", [])]

    def result_url(self, job: Job) -> str:
        """Where to look at what came of it."""
        member = self.request.member  # type: ignore[attr-defined]
        period = job.parameters.get("period")
        if job.kind == "import" and member.can("sales.view"):
            return reverse("console:sales-import", args=[job.parameters["sales_import"]])
        if job.kind == pulling.KIND and member.can("sales.view"):
            return reverse("console:sales-connection", args=[job.parameters["connection"]])
        if job.kind == mending.KIND and job.state == Job.State.DONE and member.can("sales.view"):
            return reverse("console:sales-unmatched")
        if job.kind == whatif.KIND and member.can(whatif.PERMISSION) and whatif.kept().filter(pk=job.pk).exists():
            return reverse("console:what-if", args=[job.pk])
        if job.kind in {"calculate", "submit", "close", "proof_pack"} and period and member.can("settlements.view"):
            return reverse("console:month", args=[period])
        return ""


class JobDetail(JobView):
    """One job with its progress, its error or its result."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = self.job(pk)
        context = {
            "title": kind_label(job),
            "crumbs": [(_("Jobs and downloads"), reverse("console:jobs"))],
            **self.context(job),
        }
        return self.page("console/jobs/job.html", context)


class JobProgress(JobView):
    """The part of the page that changes: asked for every second while the job runs."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page("console/jobs/_job.html", self.context(self.job(pk)))


class Download(JobView):
    """The file of a finished export."""

    permission = "exports.create"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:  # type: ignore[override]
        return export_response(member=request.member, job_id=pk)  # type: ignore[attr-defined]
