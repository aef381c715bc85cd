"""Reconciliation: what the agency's files add up to against the platforms' bills, and days that lack lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from mcn.console.generic.keyset import keyset_page
from mcn.console.sales.forms import ReconciliationFilter
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.periods import Period
from mcn.core.platforms import Platform
from mcn.sales import reconciliation, selectors
from mcn.sales.gaps import Gap, gaps
from mcn.sales.models import PlatformBill
from mcn.sales.reconciliation import Day, Total
from mcn.settlements import overview

PAGE = "console:sales-reconciliation"
MOST_DIFFERENCES = 50
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Chosen:
    """What the reader asked for. `account` is None for all accounts."""

    month: Period
    measure: str
    platform: str
    account: str | None

    @property
    def by_payment(self) -> bool:
        return self.measure in PlatformBill.BY_PAYMENT

    def link(self, **changes: str) -> str:
        """The page's address for this choice, with changes."""
        account = "" if self.account is None else f"{self.platform}:{self.account}"
        values = {"month": str(self.month), "measure": self.measure, "platform": self.platform, "account": account}
        return f"{reverse(PAGE)}?{urlencode({name: text for name, text in (values | changes).items() if text})}"


class Names:
    """Accounts in words."""

    def __init__(self) -> None:
        self._names = reconciliation.account_names()
        self._platforms = {str(code): str(label) for code, label in Platform.choices}

    def platform(self, code: str) -> str:
        return self._platforms.get(code, code)

    def account(self, platform: str, key: str) -> str:
        return self._names.get((platform, key)) or key or "–"

    def whole(self, platform: str, key: str) -> str:
        return f"{self.platform(platform)} · {self.account(platform, key)}"


class Reconciliation(ConsoleView):
    """A month by account, or the days of one account; what differs comes first."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        months = sorted({*overview.known_months(), *reconciliation.months_with_bills()}, reverse=True)
        names = Names()
        form, chosen = self.chosen(request, months, names)
        context: dict[str, Any] = {
            "title": _("Reconciliation"),
            "form": form,
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
        }
        if chosen is not None:
            context |= self.figures(chosen, names)
        return self.page("console/sales/reconciliation.html", context)

    @staticmethod
    def chosen(request: HttpRequest, months: list[str], names: Names) -> tuple[ReconciliationFilter, Chosen | None]:
        """The filled form, and what it asks for; None where there is no month with sales yet."""
        asked = request.GET
        code = asked.get("month", "")
        code = code if code in months else (months[0] if months else "")
        if not code:
            return ReconciliationFilter(), None
        month = Period.parse(code)
        measure = asked.get("measure", "")
        measure = measure if measure in PlatformBill.Measure.values else reconciliation.measure_of(month)
        accounts = reconciliation.accounts_of(month)
        platform = asked.get("platform", "") if asked.get("platform") in Platform.values else ""
        account_platform, colon, key = asked.get("account", "").partition(":")
        known = bool(colon) and (account_platform, key) in accounts and platform in ("", account_platform)
        chosen = Chosen(month, measure, account_platform if known else platform, key if known else None)
        shown = [one for one in accounts if platform in ("", one[0])]
        choices = {
            "month": [(one, formats.period(one)) for one in months],
            "platform": [("", _("All platforms")), *Platform.choices],
            "account": [("", _("All accounts")), *((f"{p}:{k}", names.whole(p, k)) for p, k in shown)],
        }
        initial = {"month": code, "measure": measure, "platform": platform}
        initial["account"] = f"{chosen.platform}:{chosen.account}" if known else ""
        form = ReconciliationFilter(initial=initial)
        for name, options in choices.items():
            form.fields[name].choices = options  # type: ignore[attr-defined]
        return form, chosen

    def figures(self, chosen: Chosen, names: Names) -> dict[str, Any]:
        days = reconciliation.days_of(
            chosen.month, chosen.measure, platform=chosen.platform, account_key=chosen.account
        )
        lacking = [
            gap
            for gap in gaps(chosen.month.start, chosen.month.last_day)
            if chosen.platform in ("", gap.platform) and chosen.account in (None, gap.account_key)
        ]
        total = reconciliation.total(days)
        found: dict[str, Any] = {
            "chosen": chosen,
            "measure_label": PlatformBill.Measure(chosen.measure).label,
            "total": total,
            "gaps": [(gap, names.whole(gap.platform, gap.account_key), self.gap_url(chosen, gap)) for gap in lacking],
            "gap_days": sum(gap.days for gap in lacking),
        }
        if chosen.account is None:
            differing = sorted((day for day in days if day.differs), key=lambda day: -abs(day.difference_fen or 0))
            found["differences"] = [self.day(chosen, day, names) for day in differing[:MOST_DIFFERENCES]]
            found["more"] = len(differing) - MOST_DIFFERENCES
            found["accounts"] = [
                self.account(chosen, one, names) for one in self.with_gaps(reconciliation.by_account(days), lacking)
            ]
        else:
            found["account_name"] = names.whole(chosen.platform, chosen.account)
            found["days"] = self.all_days(chosen, days, lacking, names)
        return found

    @staticmethod
    def with_gaps(accounts: list[Total], lacking: Iterable[Gap]) -> list[Total]:
        """The accounts with the number of days that lack lines; one without any sum in the month is added."""
        found = {(one.platform, one.account_key): one for one in accounts}
        for gap in lacking:
            one = found.setdefault((gap.platform, gap.account_key), Total(gap.platform, gap.account_key))
            one.gap_days += gap.days
        return list(found.values())

    def account(self, chosen: Chosen, one: Total, names: Names) -> dict[str, Any]:
        url = chosen.link(account=f"{one.platform}:{one.account_key}", platform="")
        return {
            "total": one,
            "name": names.account(one.platform, one.account_key),
            "platform": names.platform(one.platform),
            "url": url,
        }

    def all_days(self, chosen: Chosen, days: list[Day], lacking: list[Gap], names: Names) -> list[dict[str, Any]]:
        """The days of one account with those that lack lines; what differs and what is missing comes first."""
        gap_days = {gap.first + number * DAY for gap in lacking for number in range(gap.days)}
        found = {day.day: day for day in days}
        for day in gap_days - found.keys():
            found[day] = Day(chosen.platform, chosen.account or "", day)
        rows = [self.day(chosen, found[day], names) | {"is_gap": day in gap_days} for day in sorted(found)]
        return sorted(rows, key=lambda row: not (row["day"].differs or row["is_gap"]))

    def day(self, chosen: Chosen, day: Day, names: Names) -> dict[str, Any]:
        values = {"platform": day.platform, "account": day.account_key, "day": f"{day.day}", "measure": chosen.measure}
        return {
            "day": day,
            "name": names.whole(day.platform, day.account_key),
            "lines_url": self.lines_url(chosen, day),
            # A line without an account is in no bill.
            "bill_url": f"{reverse('console:sales-bill')}?{urlencode(values)}" if day.account_key else "",
        }

    @staticmethod
    def lines_url(chosen: Chosen, day: Day) -> str:
        """Where the order lines of the day are; "" where there are none."""
        if not (day.count or day.taken_back):
            return ""
        if chosen.by_payment:
            values = {"account": f"{day.platform}:{day.account_key}", "since": f"{day.day}", "until": f"{day.day}"}
            return f"{reverse('console:sales-lines')}?{urlencode(values)}"
        values = {"platform": day.platform, "account": day.account_key, "day": f"{day.day}"}
        return f"{reverse('console:sales-settled')}?{urlencode(values)}"

    @staticmethod
    def gap_url(chosen: Chosen, gap: Gap) -> str:
        return chosen.link(account=f"{gap.platform}:{gap.account_key}", platform="")


class SettledDay(ConsoleView):
    """The earning events of one day and account: what the day's sums are made of."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        platform, account = request.GET.get("platform", ""), request.GET.get("account", "")
        try:
            day = date.fromisoformat(request.GET.get("day", ""))
        except ValueError:
            return HttpResponseRedirect(reverse(PAGE))
        rows = selectors.events_of_day(request.agency, day, platform, account)  # type: ignore[attr-defined]
        names = Names()
        month = Period.of(day)
        back = Chosen(month, "", platform, account).link()
        context = {
            "title": _("Settled on %(day)s") % {"day": f"{day:%Y-%m-%d}"},
            "crumbs": [(_("Reconciliation"), back)],
            "account_name": names.whole(platform, account),
            "sums": selectors.settled_on(day, platform, account),
            "page": keyset_page(rows, by="id", at=request.GET.get("at", "")),
        }
        return self.page("console/sales/settled.html", context)
