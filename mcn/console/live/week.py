"""The sessions of a week, day by day."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from mcn.console.views import ConsoleView
from mcn.live.models import Session


class Week(ConsoleView):
    """Seven days from Monday. A session stands on the business day it begins on."""

    permission = "live.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        agency = request.agency  # type: ignore[attr-defined]
        today = agency.today()
        monday = self.monday(request.GET.get("from", ""), today)
        days: dict[date, list[Any]] = {monday + timedelta(days=number): [] for number in range(7)}
        sessions = (
            Session.objects.filter(
                agency=agency,
                starts_at__gte=agency.day_start(monday),
                starts_at__lt=agency.day_start(monday + timedelta(days=7)),
            )
            .order_by("starts_at", "code")
            .prefetch_related("hosts__anchor")
        )
        for session in sessions:
            days[agency.business_date(session.starts_at)].append(session)
        address = reverse("console:sessions-week")
        context = {
            "title": _("Week"),
            "days": [{"day": day, "sessions": found, "is_today": day == today} for day, found in days.items()],
            "first": monday,
            "last": monday + timedelta(days=6),
            "is_empty": not any(days.values()),
            "before": f"{address}?from={monday - timedelta(days=7)}",
            "after": f"{address}?from={monday + timedelta(days=7)}",
            "this": address,
            "new_url": reverse("console:sessions-new") if request.member.can("live.change") else "",  # type: ignore[attr-defined]
        }
        return self.page("console/live/week.html", context)

    @staticmethod
    def monday(text: str, today: date) -> date:
        """The Monday of the asked day; of today's week where the day is none."""
        try:
            asked = parse_date(text) or today
        except ValueError:
            asked = today
        asked = asked if 2000 <= asked.year <= 2200 else today
        return asked - timedelta(days=asked.weekday())
