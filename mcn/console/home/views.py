"""The start page. Every figure is a stored sum; what a member may not see is not asked for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mcn.commissions import desk
from mcn.console import navigation
from mcn.console.generic import resource_of
from mcn.console.jobs.views import kind_label
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.periods import Period as Month
from mcn.core.platforms import Platform
from mcn.jobs.models import Job
from mcn.sales import selectors as sales
from mcn.sales.gaps import gaps
from mcn.sales.models import SalesImport
from mcn.settlements import cancellations, overview
from mcn.settlements.corrections import reads as corrections
from mcn.settlements.disputes import reads as disputes
from mcn.settlements.models import Period

BEST = 8
LOOK_BACK = timedelta(days=7)
GAPS_OF = timedelta(days=31)
State = Period.State


@dataclass(frozen=True)
class Todo:
    """Something that waits for the reader, with the money that hangs on it (fen; None: not in money)."""

    icon: str
    text: str
    hint: str
    url: str
    amount_fen: int | None = None
    urgent: bool = False


class Home(ConsoleView):
    """This month at a glance, sales by day, the best anchors, and what needs the reader today."""

    permission = "home.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        member = request.member  # type: ignore[attr-defined]
        codes = overview.known_months()
        asked = request.GET.get("month", "")
        code = asked if asked in codes else (codes[0] if codes else "")
        context: dict[str, Any] = {
            "title": _("Home"),
            "month": code,
            "months": codes,
            "todos": self.todos(),
            "areas": [entry for entry in navigation.menu(request) if entry["area"].code != "home"],
            "may_import": member.can("sales.import"),
        }
        if code and member.can("sales.view"):
            context |= self.sales(Month.parse(code))
        if code and member.can("settlements.view"):
            context |= self.settlement(code)
        return self.page("console/home/home.html", context)

    def sales(self, month: Month) -> dict[str, Any]:
        now, before = sales.sums_of_month(month), sales.sums_of_month(month.previous)
        by_platform = sales.gmv_by_day(month)
        labels = dict(Platform.choices)
        days = [f"{month.month}-{day + 1}" for day in range((month.end - month.start).days)]
        series = [
            {
                "name": str(labels.get(platform, platform)),
                "type": "bar",
                "stack": "gmv",
                "barMaxWidth": 18,
                "data": [
                    formats.yuan(fen).replace(",", "").replace(formats.MINUS, "-") for fen in by_platform[platform]
                ],
            }
            for platform in Platform.values
            if platform in by_platform
        ]
        return {
            "sums": now,
            "sums_before": before,
            "chart": {"xAxis": {"type": "category", "data": days}, "yAxis": {"type": "value"}, "series": series},
            "has_sales": bool(series),
            "accounts": self.accounts(month),
        }

    @staticmethod
    def accounts(month: Month) -> list[dict[str, Any]]:
        """The accounts that sold most, by the name people know them by."""
        rows, labels = sales.sums_by_account(month, BEST), dict(Platform.choices)
        names = sales.account_names(row["account_key"] for row in rows)
        return [
            {
                **row,
                "name": names.get((row["platform"], row["account_key"])) or row["account_key"] or "–",
                "platform_label": labels.get(row["platform"], row["platform"]),
            }
            for row in rows
        ]

    @staticmethod
    def settlement(code: str) -> dict[str, Any]:
        period = overview.month(code)
        before = overview.month_before(code)
        return {
            "period": period,
            "totals": (period.totals or None) if period else None,
            "totals_before": before.totals if before else {},
            "best": overview.best_statements(period, BEST) if period else [],
        }

    # ── What needs the reader ─────────────────────────────────────────────────────────────────────
    def todos(self) -> list[Todo]:
        """The most urgent first; among equals the larger amount."""
        member = self.request.member  # type: ignore[attr-defined]
        found: list[Todo] = []
        if member.can("sales.view"):
            found += self.unmatched() + self.failed_imports() + self.gaps()
        if member.can("sales.import"):
            found += self.undecided_imports()
        if member.can("settlements.view"):
            found += self.months()
        if member.can("disputes.answer"):
            found += self.disputes()
        if member.can("corrections.approve"):
            found += self.corrections()
        if member.can("instalments.forgive"):
            found += self.cancellations()
        if member.can("contracts.view"):
            found += self.contracts()
        found += self.failed_jobs()
        return sorted(found, key=lambda todo: (not todo.urgent, -abs(todo.amount_fen or 0)))

    @staticmethod
    def unmatched() -> list[Todo]:
        totals = desk.totals()
        if not totals["lines"]:
            return []
        text = ngettext("%(n)s line belongs to nobody", "%(n)s lines belong to nobody", totals["lines"])
        return [
            Todo(
                "zoom-question",
                text % {"n": f"{totals['lines']:,}"},
                _("Nobody is paid for them until the causes are mended"),
                reverse("console:sales-unmatched"),
                totals["pool_fen"],
                urgent=True,
            )
        ]

    @staticmethod
    def disputes() -> list[Todo]:
        waiting = disputes.waiting()
        if not waiting.count:
            return []
        text = ngettext("%(n)s dispute waits for an answer", "%(n)s disputes wait for an answer", waiting.count)
        hint = _("What anchors say their statements should be")
        if waiting.overdue:
            overdue = ngettext("%(n)s of them is overdue", "%(n)s of them are overdue", waiting.overdue)
            hint = overdue % {"n": waiting.overdue}
        return [
            Todo(
                "flag",
                text % {"n": waiting.count},
                hint,
                reverse("console:disputes"),
                waiting.at_stake_fen,
                urgent=waiting.overdue > 0,
            )
        ]

    def corrections(self) -> list[Todo]:
        """Corrections that somebody else asked for."""
        rows = list(corrections.to_decide().exclude(requested_by=self.request.user))  # type: ignore[misc]
        if not rows:
            return []
        text = ngettext(
            "%(n)s correction waits for your decision", "%(n)s corrections wait for your decision", len(rows)
        )
        return [
            Todo(
                "adjustments",
                text % {"n": len(rows)},
                _("Somebody else requested it"),
                f"{reverse('console:corrections')}?which=waiting",
                sum(abs(row.amount_fen) for row in rows),
            )
        ]

    def cancellations(self) -> list[Todo]:
        """Debts in instalments that somebody else asked to forgive; one alone is opened at once."""
        rows = cancellations.to_decide(self.request.user)  # type: ignore[arg-type]
        if not rows:
            return []
        text = ngettext(
            "Whether the rest of %(n)s debt is forgiven waits for your decision",
            "Whether the rest of %(n)s debts is forgiven waits for your decision",
            len(rows),
        )
        several = len(rows) > 1
        return [
            Todo(
                "calendar-due",
                text % {"n": len(rows)},
                _("Somebody else requested it"),
                reverse("console:instalment-plans")
                if several
                else reverse("console:instalment-plans-detail", args=[rows[0].plan_id]),
                sum(cancellations.left_of(row.plan) for row in rows),
            )
        ]

    def months(self) -> list[Todo]:
        member, user = self.request.member, self.request.user  # type: ignore[attr-defined]
        found = []
        for period in overview.waiting_months(self.request.agency.today()):  # type: ignore[attr-defined]
            step = {
                State.OPEN: ("settlements.calculate", "calculator", _("%(month)s is over and not calculated")),
                State.CALCULATED: ("settlements.submit", "send", _("%(month)s is calculated: submit it for review")),
                State.IN_REVIEW: ("settlements.approve", "checklist", _("%(month)s waits for your approval")),
                State.APPROVED: ("settlements.close", "lock", _("%(month)s is approved: close it")),
            }[State(period.state)]
            permission, icon, text = step
            own = period.state == State.IN_REVIEW and period.submitted_by_id == user.pk
            if member.can(permission) and not own:
                found.append(
                    Todo(
                        icon,
                        text % {"month": formats.period(period.code)},
                        _("Payable to all payees") if period.totals else _("Nothing can be paid before"),
                        reverse("console:month", args=[period.code]),
                        period.totals.get("net_pay") if period.totals else None,
                    )
                )
        return found

    def contracts(self) -> list[Todo]:
        found = []
        for row in overview.expiring_contracts(self.request.agency.today()):  # type: ignore[attr-defined]
            contract = row["contract"]
            shown = resource_of(type(contract))
            text = ngettext(
                "The contract of %(anchor)s ends in %(n)s day",
                "The contract of %(anchor)s ends in %(n)s days",
                row["days"],
            )
            found.append(
                Todo(
                    "contract",
                    text % {"anchor": contract.anchor.stage_name, "n": row["days"]},
                    _("Contract %(number)s; the pool of the last month hangs on it") % {"number": contract.number},
                    shown.detail_url(contract) if shown else reverse("console:home"),
                    row["pool_fen"],
                    urgent=row["days"] <= 7,
                )
            )
        return found

    @staticmethod
    def failed_imports() -> list[Todo]:
        rows = sales.recent_imports([SalesImport.State.FAILED], timezone.now() - LOOK_BACK).select_related("job")
        mended = set(
            SalesImport.objects.filter(state=SalesImport.State.DONE).values_list("file_name", flat=True)[:1000]
        )
        return [
            Todo(
                "file-alert",
                _("%(file)s could not be brought in") % {"file": row.file_name},
                row.job.error_text() if row.job else "",
                reverse("console:sales-import", args=[row.pk]),
                urgent=True,
            )
            for row in rows[:5]
            if row.file_name not in mended
        ]

    @staticmethod
    def undecided_imports() -> list[Todo]:
        """Files that somebody looked at, and nobody took in or dropped since."""
        rows = sales.with_changes(SalesImport.objects.filter(state=SalesImport.State.PREVIEWED))
        return [
            Todo(
                "help-circle",
                _("%(file)s waits for a decision") % {"file": row.file_name},
                _("It was only looked at: take it in or drop it"),
                reverse("console:sales-import", args=[row.pk]),
                row.difference.settled_pool_fen,
            )
            for row in rows.order_by("-created_at")[:5]
        ]

    def gaps(self) -> list[Todo]:
        """Accounts that lack order lines on days of the last month: a file may be missing."""
        today = self.request.agency.today()  # type: ignore[attr-defined]
        found = gaps(today - GAPS_OF, today)
        if not found:
            return []
        accounts, latest = len({(gap.platform, gap.account_key) for gap in found}), max(gap.last for gap in found)
        text = ngettext(
            "%(n)s account lacks order lines on some days", "%(n)s accounts lack order lines on some days", accounts
        )
        return [
            Todo(
                "calendar-due",
                text % {"n": accounts},
                _("Last on %(day)s: a file may be missing") % {"day": f"{latest:%Y-%m-%d}"},
                f"{reverse('console:sales-reconciliation')}?month={Month.of(latest)}",
            )
        ]

    def failed_jobs(self) -> list[Todo]:
        """Failed work of the last week that nobody has done again since; everybody sees the own, finance all."""
        rows = Job.objects.filter(state=Job.State.FAILED, finished_at__gte=timezone.now() - LOOK_BACK)
        rows = rows.exclude(kind__in=("import", "preview"))  # told by `failed_imports`
        if not self.request.member.can("settlements.view"):  # type: ignore[attr-defined]
            rows = rows.filter(actor=self.request.user)
        found = []
        for job in rows.order_by("-finished_at")[:5]:
            again = Job.objects.filter(kind=job.kind, subject=job.subject, created_at__gt=job.created_at)
            if not again.exists():
                found.append(
                    Todo(
                        "alert-circle",
                        _("%(kind)s failed") % {"kind": kind_label(job)},
                        job.error_text(),
                        reverse("console:job", args=[job.pk]),
                        urgent=True,
                    )
                )
        return found
