"""Live sessions."""

from typing import Any, ClassVar

from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.generic import Resource, Section, register
from mcn.console.generic.resource import Action
from mcn.console.live.forms import SessionForm, place_error, take_hosts
from mcn.console.live.week import Week
from mcn.core.errors import RuleError
from mcn.live import services
from mcn.live.models import Session


@register
class Sessions(Resource):
    model = Session
    slug = "sessions"
    area = "live"
    icon = "broadcast"
    order = 20
    view_permission = "live.view"
    change_permission = "live.change"
    columns = ("code", "title", "platform", "account_id", "starts_at", "ends_at", "room_id")
    search = ("code", "title", "account_id", "room_id", "hosts__anchor__stage_name")
    filters = ("platform",)
    ordering = ("-starts_at", "-pk")
    fields = ("code", "title", "platform", "account_id", "room_id", "starts_at", "ends_at", "note")
    form_base = SessionForm
    form_template = "console/live/form.html"
    sections: ClassVar = (
        Section("", ("code", "title", "platform", "account_id", "room_id", "starts_at", "ends_at")),
        Section(_("Remarks"), ("note",)),
    )
    overview = "console/live/_session.html"
    lead = _("Who was live when, on which account. Orders paid during a session are shared among its hosts.")
    empty_why = _("No session has been entered. Without sessions each order goes to whoever holds the account.")

    def rows(self, request: HttpRequest) -> Any:
        return super().rows(request).distinct()

    def overview_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        hosts = list(record.hosts.select_related("anchor"))
        return {"hosts": hosts, "total": sum(host.weight for host in hosts)}

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        return [
            Action(_("Week"), f"{reverse('console:sessions-week')}?from={record.starts_at:%Y-%m-%d}", "calendar-event")
        ]

    def urlpatterns(self) -> list[URLPattern]:
        return [path("sessions/week/", Week.as_view(), name="sessions-week"), *super().urlpatterns()]

    def create(self, *, actor: Any, data: dict[str, Any]) -> Model:
        hosts, rows = take_hosts(data)
        try:
            return services.session_save(actor=actor, hosts=hosts, **data)[0]
        except RuleError as error:
            place_error(error, rows)
            raise

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return self.create(actor=actor, data=data)


navigation.add("live", navigation.Item(_("Week"), "console:sessions-week", "live.view", 10))
