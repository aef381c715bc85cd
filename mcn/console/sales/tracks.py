"""Estimated and settled money of a month of payment, what is open of it and when it is expected."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mcn.console.sales.reconciliation import Names
from mcn.console.views import ConsoleView
from mcn.core.periods import Period
from mcn.sales import expectations, selectors
from mcn.sales.expectations import Outlook

WEEK = timedelta(days=6)


class Tracks(ConsoleView):
    """The two tracks side by side; everything is a stored sum."""

    permission = "sales.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        months = selectors.months_with_sales()
        asked = request.GET.get("month", "")
        code = asked if asked in months else (months[0] if months else "")
        context: dict[str, Any] = {
            "title": _("Estimated and settled"),
            "months": months,
            "month": code,
            "may_import": request.member.can("sales.import"),  # type: ignore[attr-defined]
            "may_see_settlements": request.member.can("settlements.view"),  # type: ignore[attr-defined]
        }
        if code:
            context |= self.figures(Period.parse(code))
        return self.page("console/sales/tracks.html", context)

    def figures(self, month: Period) -> dict[str, Any]:
        names = Names()
        rows = selectors.sums_of_accounts(month)
        found = expectations.outlooks(month)
        known = [one for one in found if one.expected is not None]
        return {
            "sums": selectors.sums_of_month(month),
            "accounts": [
                (names.platform(platform), names.account(platform, key), sums) for platform, key, sums in rows
            ],
            "outlooks": [(names.platform(one.platform), one) for one in found],
            "known": [(names.platform(one.platform), one) for one in known],
            "weeks": self.weeks(known),
        }

    @staticmethod
    def weeks(outlooks: list[Outlook]) -> list[dict[str, Any]]:
        """A row for each week: its days, the amount of each platform and of all. What is overdue stands first."""
        expected = [one.expected for one in outlooks if one.expected is not None]
        rows: list[tuple[date | None, list[int]]] = []
        if any(one.overdue_fen for one in expected):
            rows.append((None, [one.overdue_fen for one in expected]))
        for week in sorted({week for one in expected for week in one.weeks}):
            rows.append((week, [one.weeks.get(week, 0) for one in expected]))
        return [
            {
                "first": week,
                "last": None if week is None else week + WEEK,
                "amounts": list(zip([one.platform for one in outlooks], amounts, strict=True)),
                "total": sum(amounts),
            }
            for week, amounts in rows
        ]
