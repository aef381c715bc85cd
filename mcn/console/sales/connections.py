"""Connections to the platforms' APIs: enter credentials, fetch now, pause, and see what each run brought."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.console.jobs.views import job_fragment, title_of
from mcn.console.sales.forms import known_accounts
from mcn.console.views import ConsoleView
from mcn.core.encryption import masked
from mcn.core.errors import DomainError
from mcn.core.platforms import Platform
from mcn.jobs.models import Job
from mcn.sales.connectors import APIS, Api
from mcn.sales.importers import FORMATS
from mcn.sales.models import Connection, PulledWindow
from mcn.sales.services import connections
from mcn.settlements import pulling

LIST = "console:sales-connections"
RUNS, FILES = 10, 15


def platform_of(api: Api) -> str:
    return str(Platform(api.platform).label)


class ConnectionForm(forms.Form):
    """A connection, with the credentials that its API wants. They are written here and never shown again."""

    name = forms.CharField(
        label=gettext_lazy("Name of the connection"),
        max_length=80,
        help_text=gettext_lazy("What your people call the account or institution; its files are named after it."),
    )
    account_id = forms.CharField(
        label=gettext_lazy("Account"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-accounts", "autocomplete": "off"}),
    )
    since = forms.DateField(
        label=gettext_lazy("Changes since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The first run fetches every order that has changed from this day on."),
    )
    every_hours = forms.IntegerField(
        label=gettext_lazy("Fetch every … hours"), min_value=1, max_value=Connection.MOST_HOURS, initial=6
    )
    overlap_days = forms.IntegerField(
        label=gettext_lazy("Days fetched again"),
        min_value=1,
        max_value=Connection.MOST_OVERLAP,
        help_text=gettext_lazy("Platforms tell of some changes late. What is known already changes nothing."),
    )

    def __init__(self, *args: Any, api: Api, connection: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_names = [key.name for key in api.gateway.keys]
        self.fields["overlap_days"].initial = api.overlap_days
        if not connections.takes_account(api):
            del self.fields["account_id"]
        else:
            account = self.fields["account_id"]
            account.required = api.needs_account
            account.help_text = (
                _("These orders name no account: whose they are.")
                if api.needs_account
                else _("Only for orders that name no promotion position.")
            )
        if connection is not None:
            del self.fields["since"]
        had = connection.credentials if connection is not None else {}
        for key in api.gateway.keys:
            entered = had.get(key.name, "")
            kept = _("Entered: %(end)s. Leave it empty to keep it.") % {"end": masked(entered)} if entered else ""
            self.fields[key.name] = forms.CharField(
                label=key.label,
                required=not entered,
                max_length=2000,
                widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
                help_text=" ".join(filter(None, (str(key.help_text), kept))),
            )

    def plain_fields(self) -> list[Any]:
        return [field for field in self if field.name not in self.key_names]

    def key_fields(self) -> list[Any]:
        return [field for field in self if field.name in self.key_names]

    def values(self) -> dict[str, Any]:
        """What `connection_save` takes."""
        data = dict(self.cleaned_data)
        credentials = {name: data.pop(name) for name in self.key_names}
        return {**data, "credentials": credentials}


class ConnectionList(ConsoleView):
    """Every connection with its state, and what can be connected."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Connection.objects.select_related("job").order_by("name")
        context = {
            "title": _("Connections"),
            "rows": [(row, FORMATS[APIS[row.api].format].title) for row in rows],
            "offers": self.offers(),
            "may_change": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        return self.page("console/sales/connections.html", context)

    @staticmethod
    def offers() -> list[dict[str, str]]:
        """The lists that can be connected, with the platform's name for each."""
        return [
            {
                "code": api.code,
                "platform": platform_of(api),
                "title": str(FORMATS[api.format].title),
                "method": api.method,
            }
            for api in APIS.values()
        ]


class ConnectionEditor(ConsoleView):
    """The form of a new connection, or of one that there is."""

    permission = "sales.import"

    def answer(self, form: ConnectionForm, api: Api, connection: Connection | None, status: int = 200) -> HttpResponse:
        crumbs = [(_("Connections"), reverse(LIST))]
        if connection is not None:
            crumbs.append((connection.name, reverse("console:sales-connection", args=[connection.pk])))
        context = {
            "title": _("Change %(name)s") % {"name": connection.name} if connection else _("New connection"),
            "lead": f"{platform_of(api)} · {FORMATS[api.format].title} · {api.method}",
            "crumbs": crumbs,
            "back": crumbs[-1][1],
            "form": form,
            "accounts": known_accounts(),
        }
        return self.page("console/sales/connection_form.html", context, status)

    def save(self, form: ConnectionForm, api: Api, connection: Connection | None) -> HttpResponse:
        """Save, and go to the connection's page; or the form again with what is wrong."""
        if not form.is_valid():
            return self.answer(form, api, connection, 422)
        try:
            saved, _outcome = connections.connection_save(
                actor=self.request.user,  # type: ignore[arg-type]
                connection=connection,
                api=api.code,
                **form.values(),
            )
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, api, connection, 422)
        messages.success(self.request, _("%(name)s has been saved.") % {"name": saved.name})
        return HttpResponseRedirect(reverse("console:sales-connection", args=[saved.pk]))


class NewConnection(ConnectionEditor):
    """Connect one of the lists: `?api=` says which."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.api = APIS.get(request.GET.get("api", ""))
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.api is None:
            return HttpResponseRedirect(reverse(LIST))
        return self.answer(ConnectionForm(api=self.api), self.api, None)

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.api is None:
            return HttpResponseRedirect(reverse(LIST))
        return self.save(ConnectionForm(request.POST, api=self.api), self.api, None)


class EditConnection(ConnectionEditor):
    """Change a connection; credentials that are left empty stay."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        connection = get_object_or_404(Connection, pk=pk)
        api = APIS[connection.api]
        initial = {name: getattr(connection, name) for name in ("name", "account_id", "every_hours", "overlap_days")}
        return self.answer(ConnectionForm(initial=initial, api=api, connection=connection), api, connection)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        connection = get_object_or_404(Connection, pk=pk)
        api = APIS[connection.api]
        return self.save(ConnectionForm(request.POST, api=api, connection=connection), api, connection)


class ConnectionDetail(ConsoleView):
    """How a connection stands, its runs, and the files that they brought."""

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        connection = get_object_or_404(Connection.objects.select_related("job"), pk=pk)
        api, job = APIS[connection.api], connection.job
        runs = Job.objects.filter(kind=pulling.KIND, parameters__connection=pk).select_related("actor")
        windows = PulledWindow.objects.filter(connection=connection, sales_import__isnull=False, is_same=False)
        context = {
            "title": connection.name,
            "crumbs": [(_("Connections"), reverse(LIST))],
            "lead": f"{platform_of(api)} · {FORMATS[api.format].title}",
            "connection": connection,
            "api": api,
            "keys": [(key.label, masked(connection.credentials.get(key.name, ""))) for key in api.gateway.keys],
            "job": job,
            "job_title": title_of(job) if job else "",
            "url": reverse("console:sales-connection-progress", args=[pk]),
            "runs": [(run, pulling.worded(run)) for run in runs.order_by("-created_at")[:RUNS]],
            "files": [window.sales_import for window in windows.select_related("sales_import").order_by("-pk")[:FILES]],
            "may_change": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        return self.page("console/sales/connection.html", context)


class ConnectionProgress(ConsoleView):
    """The newest run's fragment on the page; when it has ended, the page loads again with what came of it."""

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        job = get_object_or_404(Connection.objects.select_related("job"), pk=pk, job__isnull=False).job
        return job_fragment(self, "console/jobs/_job.html", job)


class ConnectionAction(ConsoleView):
    """One change of a connection, by POST; then its page again."""

    permission = "sales.import"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        connection = get_object_or_404(Connection, pk=pk)
        try:
            said = self.act(request.user, connection)
        except DomainError as error:
            messages.error(request, str(error))
        else:
            if said:
                messages.success(request, said)
        return HttpResponseRedirect(reverse("console:sales-connection", args=[pk]))

    def act(self, actor: Any, connection: Connection) -> str:
        """Do it; what to say afterwards. Raises DomainError."""
        raise NotImplementedError


class PullNow(ConnectionAction):
    """Begin a run by hand; the page shows its progress."""

    def act(self, actor: Any, connection: Connection) -> str:
        pulling.start(actor=actor, connection=connection)
        return ""


class PauseConnection(ConnectionAction):
    """Fetch by itself no more, or (`paused=0`) again."""

    def act(self, actor: Any, connection: Connection) -> str:
        paused = self.request.POST.get("paused") != "0"
        connections.connection_pause(actor=actor, connection=connection, paused=paused)
        text = _("%(name)s no longer fetches by itself.") if paused else _("%(name)s fetches by itself again.")
        return text % {"name": connection.name}


class EndConnection(ConnectionAction):
    """Delete the credentials."""

    def act(self, actor: Any, connection: Connection) -> str:
        connections.connection_end(actor=actor, connection=connection)
        return _("The credentials of %(name)s have been deleted. What was fetched stays.") % {"name": connection.name}
