"""Order lines: the long list, and the whole life of one line."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.anchors.models import PlatformAccount
from mcn.commissions.models import ShareLine, Unmatched
from mcn.console.generic.keyset import keyset_page
from mcn.console.sales.forms import LineFilter
from mcn.console.sales.imports import format_title
from mcn.console.views import ConsoleView
from mcn.core.platforms import Platform
from mcn.sales import selectors
from mcn.sales.models import EarningEvent, OrderLine

LINES = "console:sales-lines"
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
        page = keyset_page(rows, by="paid_at" if by_time else "id", at=request.GET.get("at", ""), size=PAGE)
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
        agency = self.request.agency  # type: ignore[attr-defined]
        if number := chosen.get("q", "").strip():
            return rows.filter(selectors.find_order(number))
        if chosen.get("status") == NO_TIME:
            return rows.filter(paid_at__isnull=True)
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
        return rows.filter(selectors.day_window(agency, since, until), paid_at__isnull=False)


class LineDetail(ConsoleView):
    """Estimate, settlement, events, whose it is and who gets what of it."""

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        line = get_object_or_404(OrderLine.objects.select_related("sales_import"), pk=pk)
        may_see_shares = request.member.can("settlements.view")  # type: ignore[attr-defined]
        events = selectors.events_of(line)
        shares = self.shares(events)
        context = {
            "title": _("Order %(number)s") % {"number": line.order_key},
            "crumbs": [(_("Order lines"), reverse(LINES))],
            "line": line,
            "triples": self.triples(line, events),
            "holder_fen": sum(event.holder_fen for event in events),
            "parts": selectors.parts_of(line),
            "files": [(file, format_title(file.format)) for file in selectors.files_of(line)],
            "events": [self.event(event, shares.get(event.pk, [])) for event in events],
            "holder": self.holder(line),
            "may_see_shares": may_see_shares,
        }
        return self.page("console/sales/line.html", context)

    @staticmethod
    def triples(line: OrderLine, events: list[EarningEvent]) -> list[tuple[str, int, int]]:
        """(label, estimated, settled), fen; settled is what all files together come to."""
        gross, fee = sum(event.gross_fen for event in events), sum(event.fee_fen for event in events)
        return [
            (_("Base"), line.estimated_base_fen, sum(event.base_fen for event in events)),
            (_("Commission"), line.estimated_gross_fen, gross),
            (_("Platform fee"), line.estimated_fee_fen, fee),
            (_("Pool"), line.estimated_gross_fen - line.estimated_fee_fen, gross - fee),
        ]

    @staticmethod
    def shares(events: list[EarningEvent]) -> dict[int, list[ShareLine]]:
        """Who gets what of each event, as the latest calculation of its month has it."""
        rows = ShareLine.objects.of_events(event.pk for event in events).select_related(
            "bucket__payee", "bucket__anchor", "bucket__version__contract"
        )
        found: dict[int, list[ShareLine]] = {}
        for row in rows.order_by("bucket__kind", "id"):
            found.setdefault(row.event_id, []).append(row)
        return found

    @staticmethod
    def event(event: EarningEvent, shares: list[ShareLine]) -> dict[str, Any]:
        waiting = Unmatched.objects.filter(event=event).exclude(reason="").first()
        return {
            "event": event,
            "shares": shares,
            "agency_fen": event.pool_fen - sum(share.share_fen for share in shares) if shares else None,
            "unmatched": waiting,
            "late": event.original_period != event.settle_period,
        }

    def holder(self, line: OrderLine) -> PlatformAccount | None:
        """In whose hands the account was when the order was paid."""
        day = selectors.business_day_of(self.request.agency, line)  # type: ignore[attr-defined]
        if day is None:
            return None
        accounts = PlatformAccount.objects.filter(platform=line.platform, starts_on__lte=day).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=day)
        )
        key = line.account_key or line.account_name
        named = accounts.filter(Q(account_id=key) | Q(nickname=key)).select_related("anchor")
        return named.first() if key else None
