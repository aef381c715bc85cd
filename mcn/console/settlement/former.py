"""What the newest calculation of an open month changed: by payee, by line, and what was done in between."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from mcn.accounts import audit
from mcn.accounts.models import AuditEntry
from mcn.commissions.models import Mending, Unmatched
from mcn.console import trail
from mcn.console.settings.audit import kind_of_record
from mcn.console.settlement.months import MonthView
from mcn.console.settlement.statements import statement_or_404
from mcn.core import formats
from mcn.settlements.former import changes, lines
from mcn.settlements.models import FormerCalculation, Period


def cause_words(entry: AuditEntry) -> dict[str, Any]:
    """One cause: what was done to which record, by whom and when."""
    return {
        "at": entry.at,
        "who": trail.who(entry),
        "what": audit.action_label(entry.action),
        "kind": kind_of_record(entry.target),
        "name": formats.period(entry.target_name) if entry.target == "settlements.period" else entry.target_name,
    }


def mending_words(mending: Mending) -> dict[str, Any]:
    """A mended cause of unmatched money in the same words."""
    return {
        "at": mending.created_at,
        "who": str(mending.actor),
        "what": _("Mended"),
        "kind": str(dict(Unmatched.Reason.choices).get(mending.reason, mending.reason)),
        "name": f"{mending.cause} {mending.answer}".strip(),
    }


def causes(period: Period, former: FormerCalculation) -> list[dict[str, Any]]:
    """Everything that was done between the two calculations, the latest first."""
    told = [cause_words(entry) for entry in changes.causes(period, former)]
    told += [mending_words(mending) for mending in changes.mendings(period, former)]
    return sorted(told, key=lambda cause: cause["at"], reverse=True)


class FormerView(MonthView):
    """A page about a month that has a former calculation."""

    def former(self, period: Period) -> FormerCalculation:
        former = changes.former_of(period)
        if former is None:
            raise Http404(_("Nothing is kept of a former calculation of this month."))
        return former


class MonthChanges(FormerView):
    """Every payee who changed with every column that did, old and new; and the causes."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        period = self.period(code)
        former = self.former(period)
        payees = changes.changed_payees(period, former)
        context = {
            "title": _("What changed"),
            "crumbs": [(formats.period(code), reverse("console:month", args=[code]))],
            "period": period,
            "former": former,
            "payees": payees,
            "causes": causes(period, former),
        }
        return self.page("console/settlement/changes.html", context)


class StatementChanges(FormerView):
    """One payee's statement beside what it said before, and the lines behind the difference by what became of them."""

    def get(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        period = self.period(code)
        statement, former = statement_or_404(period, pk), self.former(period)
        sums = lines.sums(statement, former)
        asked = request.GET.get("kind", "")
        known = [one.kind for one in sums]
        kind = lines.Kind(asked) if asked in known else next(iter(known), None)
        after = request.GET.get("after", "")
        place = int(after) if after.lstrip("-").isdecimal() and len(after) < 19 else None
        rows = lines.moved(statement, former, kind, after=place) if kind else []
        context = {
            "title": _("What changed"),
            "crumbs": [
                (formats.period(code), reverse("console:month", args=[code])),
                (statement.name, reverse("console:statement", args=[code, pk])),
            ],
            "period": period,
            "statement": statement,
            "former": former,
            "comparison": changes.of_statement(statement, former),
            "sums": sums,
            "kind": kind,
            "rows": rows[: lines.PAGE],
            "next_after": rows[lines.PAGE - 1].source if len(rows) > lines.PAGE else None,
        }
        return self.page("console/settlement/statement_changes.html", context)
