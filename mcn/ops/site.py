"""The operator's site at `/ops/`: staff only, agencies and users, and the health of the installation.

Every page runs in the operator's scope, which sees the list of agencies and nothing of what is theirs.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from mcn.core.errors import DomainError
from mcn.ops import entry, health
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import operator_scope

View = Callable[..., HttpResponse]


class OperatorSite(UnfoldAdminSite):
    """The stock admin for few people, with our sign-in and our scope."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        guarded = super().admin_view(view, cacheable)

        def scoped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404  # not there for those who are no operators
            with operator_scope():
                response = guarded(request, *args, **kwargs)
                if hasattr(response, "render") and not response.is_rendered:
                    response.render()
                return response

        return scoped

    def extra_urls(self) -> list[URLPattern]:
        return [
            path("health/", self.admin_view(self.health), name="health"),
            path("agencies/<int:pk>/jobs/", self.admin_view(self.jobs), name="jobs"),
        ]

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("ops:health"))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect_to_login(request.GET.get("next") or reverse("ops:health"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "POST":
            logout(request)
        return HttpResponseRedirect("/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_change_password"))

    def page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return TemplateResponse(request, template, self.each_context(request) | context, status=status)

    def health(self, request: HttpRequest) -> HttpResponse:
        """Database, broker, workers; and the agencies, to be entered one by one."""
        rows = []
        for agency in Agency.objects.order_by("-is_active", "name"):
            until = entry.entered_until(request.session, agency)
            link = format_html(
                '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
                reverse("ops:jobs", args=[agency.pk]),
                _("Jobs"),
            )
            state = _("Enabled") if agency.is_active else _("Deactivated")
            rows.append([agency.name, agency.slug, state, f"{timezone.localtime(until):%H:%M}" if until else "–", link])
        headers = [_("Agency"), _("Short name"), _("State"), _("Entered until"), _("Look into")]
        context = {
            "title": _("Health"),
            "installation": health.installation(),
            "agencies": {"headers": headers, "rows": rows},
        }
        return self.page(request, "ops/health.html", context)

    def jobs(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One agency's jobs, after an entry with a reason; POST enters."""
        agency = get_object_or_404(Agency, pk=pk)
        context: dict[str, Any] = {"title": _("Jobs of %(agency)s") % {"agency": agency.name}, "agency": agency}
        if request.method == "POST":
            try:
                entry.enter(
                    actor=request.user,  # type: ignore[arg-type]
                    session=request.session,
                    agency=agency,
                    reason=request.POST.get("reason", ""),
                )
            except DomainError as error:
                context["problem"] = capfirst(str(error))
                return self.page(request, "ops/jobs.html", context, 422)
            messages.success(request, _("You have entered %(agency)s; its audit trail says so.") % {"agency": agency})
            return HttpResponseRedirect(request.path)
        if entry.entered_until(request.session, agency) is not None:
            with entry.inside(request.session, agency):
                context["counts"] = health.job_counts()
                headers = [_("Created at"), _("Kind"), _("Works on"), _("State"), _("Last sign of life"), _("Error")]
                context["jobs"] = {"headers": headers, "rows": [_row(job) for job in health.jobs_to_look_at()]}
        return self.page(request, "ops/jobs.html", context)


def _row(job: Any) -> list[str]:
    return [
        _moment(job.created_at),
        job.kind,
        job.subject or "–",
        job.get_state_display(),
        _moment(job.heartbeat_at),
        job.error_text() or "–",
    ]


def _moment(at: datetime | None) -> str:
    """On the installation's clock."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "–"


site = OperatorSite(name="ops")
