"""The agency's logo: shown to its members, changed in the settings."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError
from mcn.settlements import logos
from mcn.settlements.pdf.logo import logo_file

KEPT_SECONDS = 24 * 3600  # a browser may keep it: another logo has another address


class Logo(ConsoleView):
    """The picture itself."""

    permission = "home.view"

    def get(self, request: HttpRequest) -> FileResponse:
        path = logo_file(request.agency.logo)  # type: ignore[attr-defined]
        if path is None:
            raise Http404(_("There is no logo."))
        answer = FileResponse(path.open("rb"), content_type=logos.TYPES[path.suffix])
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
        return answer


class LogoChange(ConsoleView):
    """Take a new one, or take the logo away."""

    permission = "settings.view"
    change_permission = "settings.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("console:agency"))

    def post(self, request: HttpRequest) -> HttpResponse:
        upload = request.FILES.get("logo")
        try:
            if request.POST.get("remove"):
                logos.logo_remove(actor=request.user)  # type: ignore[arg-type]
                messages.success(request, _("The logo has been removed."))
            elif upload is None:
                messages.error(request, _("Choose a picture first."))
            else:
                logos.logo_save(actor=request.user, upload=upload)  # type: ignore[arg-type]
                messages.success(request, _("The logo has been saved."))
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        return HttpResponseRedirect(reverse("console:agency"))
