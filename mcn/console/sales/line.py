"""The whole life of one order line, now or as it was known at the end of a past day."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.anchors.models import PlatformAccount
from mcn.commissions.models import ShareLine, Unmatched
from mcn.console.sales.forms import AsOf
from mcn.console.views import ConsoleView
from mcn.sales import history, selectors
from mcn.sales.models import EarningEvent, OrderLine, SalesImport
from mcn.sales.own_formats import format_titles
from mcn.settlements import overview
from mcn.settlements.models import Period, Statement
from mcn.settlements.payouts.progress import Paid, paid_of

LINES = "console:sales-lines"
STATE, PART, EVENT = range(3)  # what one import recorded: first what the file says, then what follows from it


class LineDetail(ConsoleView):
    """Everything that files told of the line, its events, whose it is, who gets what, and the statements of it.

    `?as_of=2026-07-31` shows what was known when that business day was over: by when it was recorded.
    """

    permission = "sales.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        line = get_object_or_404(OrderLine.objects.select_related("sales_import"), pk=pk)
        form = AsOf(request.GET or None)
        day: date | None = form.cleaned_data["as_of"] if form.is_valid() else None
        self.until = None if day is None else history.end_of_day(request.agency, day)  # type: ignore[attr-defined]
        states = history.states_of(line, self.until)
        parts = history.parts_of(line, self.until)
        events = history.events_of(line, self.until)
        state = states[-1] if states else None
        context = {
            "title": _("Order %(number)s") % {"number": line.order_key},
            "crumbs": [(_("Order lines"), reverse(LINES))],
            "line": line,
            "form": form,
            "as_of": day,
            "today": request.agency.today(),  # type: ignore[attr-defined]
            "state": state,
            "triples": state and self.triples(state, events),
            "holder_fen": sum(event.holder_fen for event in events),
            "parts": history.newest_parts(parts),
            "files": self.files(line),
            "life": self.life(states, parts, events),
            "nothing_settled": not events,
            "holder": state and self.holder(line.platform, state),
        }
        return self.page("console/sales/line.html", context)

    def files(self, line: OrderLine) -> list[tuple[SalesImport, str]]:
        """The files that had written to the line by then, and in which format each is."""
        titles = format_titles()
        return [
            (file, titles.get(file.format, file.format))
            for file in selectors.files_of(line)
            if self.until is None or (file.recorded_at is not None and file.recorded_at < self.until)
        ]

    @staticmethod
    def triples(state: history.LineState, events: list[EarningEvent]) -> list[tuple[str, int, int]]:
        """(label, estimated, settled), fen; settled is what all files together come to."""
        gross, fee = sum(event.gross_fen for event in events), sum(event.fee_fen for event in events)
        return [
            (_("Base"), state.estimated_base_fen, sum(event.base_fen for event in events)),
            (_("Commission"), state.estimated_gross_fen, gross),
            (_("Platform fee"), state.estimated_fee_fen, fee),
            (_("Pool"), state.estimated_gross_fen - state.estimated_fee_fen, gross - fee),
        ]

    # ── The life ──────────────────────────────────────────────────────────────────────────────────
    def life(
        self, states: list[history.LineState], parts: list[history.ToldPart], events: list[EarningEvent]
    ) -> list[dict[str, Any]]:
        """All of it in the order in which it became known."""
        shares = self.shares(events)
        statements = self.statements(shares)
        found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        for number, state in enumerate(states):
            at = state.sales_import.recorded_at
            found.append(
                (
                    (at, state.sales_import_id, STATE, number),
                    {"state": state, "at": at},
                )
            )
        for number, told in enumerate(parts):
            at = told.state.sales_import.recorded_at
            found.append(((at, told.state.sales_import_id, PART, number), {"told": told, "at": at}))
        for number, event in enumerate(events):
            shown = self.event(event, shares.get(event.pk, []), statements)
            at = event.created_at
            found.append(((at, event.sales_import_id, EVENT, number), {**shown, "at": at}))
        return [entry for _order, entry in sorted(found, key=lambda one: one[0])]

    def event(
        self, event: EarningEvent, shares: list[ShareLine], statements: dict[tuple[str, int], Statement]
    ) -> dict[str, Any]:
        """An event with its shares as far as this member may see them, and as they were calculated by then."""
        waiting = None
        if self.until is None:
            waiting = Unmatched.objects.filter(event=event).exclude(reason="").first()
        months = {share.period for share in shares} or {event.settle_period}
        period = Period.objects.defer("inputs").filter(code=max(months)).first()
        state = period and Period.State(overview.state_at(period, self.until))
        later = bool(self.until and period and period.calculated_at is not None and period.calculated_at >= self.until)
        if later:
            shares = []
        return {
            "event": event,
            "shares": shares,
            "agency_fen": event.pool_fen - sum(share.share_fen for share in shares) if shares else None,
            "unmatched": waiting,
            "late": event.original_period != event.settle_period,
            "period": period,
            "month_state": state,
            "calculated_later": later,
            "statements": [
                found for share in shares if (found := statements.get((share.period, share.bucket.payee_id)))
            ],
        }

    def shares(self, events: list[EarningEvent]) -> dict[int, list[ShareLine]]:
        """Who gets what of each event, as the latest calculation of its month has it; for those who see settlements."""
        if not self.request.member.can("settlements.view"):  # type: ignore[attr-defined]
            return {}
        rows = ShareLine.objects.of_events(event.pk for event in events).select_related(
            "bucket__payee", "bucket__anchor", "bucket__version__contract"
        )
        found: dict[int, list[ShareLine]] = {}
        for row in rows.order_by("bucket__kind", "id"):
            found.setdefault(row.event_id, []).append(row)
        return found

    def statements(self, shares: dict[int, list[ShareLine]]) -> dict[tuple[str, int], Statement]:
        """The statements that these shares are in, by month and payee."""
        every = [share for of_event in shares.values() for share in of_event]
        rows = Statement.objects.filter(
            period__code__in={share.period for share in every}, payee__in={share.bucket.payee_id for share in every}
        ).select_related("payee")
        codes = dict(Period.objects.values_list("pk", "code"))
        paid = paid_of({row.payee_id for row in rows})
        for row in rows:
            row.paid = self.paid_by_then(paid.get(row.pk))
        return {(codes[row.period_id], row.payee_id): row for row in rows}

    def paid_by_then(self, paid: Paid | None) -> Paid | None:
        """How far a statement is paid; of a past day only what was paid in full by then is told."""
        if self.until is None or paid is None:
            return paid
        whole = paid.paid == paid.net_pay and paid.paid_on is not None
        return paid if whole and paid.paid_on < self.request.agency.business_date(self.until) else None  # type: ignore[operator, attr-defined]

    def holder(self, platform: str, state: history.LineState) -> PlatformAccount | None:
        """In whose hands the account was when the order was paid, by the roster as it stands now."""
        agency = self.request.agency  # type: ignore[attr-defined]
        key = state.account_key or state.account_name
        if state.paid_at is None or not key:
            return None
        day = agency.business_date(state.paid_at)
        accounts = PlatformAccount.objects.filter(platform=platform, starts_on__lte=day).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=day)
        )
        return accounts.filter(Q(account_id=key) | Q(nickname=key)).select_related("anchor").first()
