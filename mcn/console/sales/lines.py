"""Order lines: the long list."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mcn.console.generic.keyset import keyset_page
from mcn.console.sales.forms import LineFilter
from mcn.console.views import ConsoleView
from mcn.core.platforms import Platform
from mcn.sales import selectors
from mcn.sales.models import OrderLine

PAGE = 50
# Lines whose file gives no payment time stand outside of the list by time; the filter shows them by themselves.
NO_TIME = "no_time"


class LineList(ConsoleView):
    """Order lines by payment time, newest first. Nothing is counted: a month has a million of them."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request)
        chosen = form.cleaned_data if form.is_valid() else {}
        by_time = chosen.get("status") != NO_TIME and not chosen.get("q")
        rows = self.narrowed(OrderLine.objects.filter(agency=request.agency), chosen)  # type: ignore[attr-defined]
        page = keyset_page(rows, by=selectors.BY_TIME if by_time else "id", at=request.GET.get("at", ""), size=PAGE)
        context = {
            "title": _("Order lines"),
            "form": form,
            "page": page,
            "filtered": any(chosen.values()),
            "empty": selectors.days_with_sales() is None,
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
            "live": True,
        }
        part = request.htmx and request.htmx.target == "list"  # type: ignore[attr-defined]
        response = self.page("console/sales/_lines.html" if part else "console/sales/lines.html", context)
        response["Vary"] = "HX-Request, HX-Target"
        return response

    @staticmethod
    def form(request: HttpRequest) -> LineFilter:
        form = LineFilter(request.GET or None)
        accounts = selectors.accounts_with_sales()
        platforms = dict(Platform.choices)
        choices: dict[str, Any] = {
            "platform": [("", _("Platform")), *Platform.choices],
            "account": [
                ("", _("Account")),
                *((f"{code}:{key}", f"{platforms.get(code, code)} · {key or '–'}") for code, key in accounts),
            ],
            "status": [("", _("Status")), *OrderLine.Status.choices, (NO_TIME, _("Without payment time"))],
        }
        for name, options in choices.items():
            form.fields[name].choices = options  # type: ignore[attr-defined]
        return form

    def narrowed(self, rows: QuerySet, chosen: dict[str, Any]) -> QuerySet:
        """The rows that fit; every condition leads to an index or bounds the days to walk over."""
        if number := chosen.get("q", "").strip():
            return rows.filter(selectors.find_order(number))
        if chosen.get("status") == NO_TIME:
            return rows.filter(paid_on__isnull=True)
        since: date | None = chosen.get("since")
        until: date | None = chosen.get("until")
        if chosen.get("account"):
            platform, _colon, key = chosen["account"].partition(":")
            rows = rows.filter(Q(account_key=key) | Q(account_key="", account_name=key), platform=platform)
            days = selectors.days_of_account(platform, key)
            if days is not None:
                since, until = max(since or days[0], days[0]), min(until or days[1], days[1])
        elif chosen.get("platform"):
            rows = rows.filter(platform=chosen["platform"])
        if chosen.get("status"):
            rows = rows.filter(status=int(chosen["status"]))
        return rows.filter(selectors.day_window(since, until), paid_on__isnull=False)
