"""The tax ledger: what was withheld from whom in a month, how it came about, and the year so far."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.formats import exact_money, exact_percent
from mcn.settlements import overview, tax_ledger
from mcn.settlements.exports.services import may_export
from mcn.settlements.models import Period, Statement
from mcn.settlements.statements.words import METHODS
from mcn.settlements.tax_ledger import PersonMonth

PAGE = "console:tax-ledger"


def method_words(row: PersonMonth) -> str:
    """What the person's income is and how it is taxed."""
    return str(capfirst(METHODS[row.method]))


class TaxLedger(ConsoleView):
    """A month's tax by person, and whether it is that of the statements and of the books."""

    permission = "settlements.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        months = overview.calculated_months()
        asked = request.GET.get("month", "")
        period = overview.month(asked if asked in months else _first(months))
        context: dict[str, Any] = {"title": _("Tax ledger"), "months": months, "month": period.code if period else ""}
        if period is not None:
            rows = tax_ledger.persons(period)
            year = tax_ledger.year_so_far(period)
            context |= {
                "period": period,
                "rows": [(row, method_words(row), year[row.person, row.method]) for row in rows],
                "income": sum(row.income for row in rows),
                "agreement": tax_ledger.agreement(period, rows),
                "may_export": may_export(request.member),  # type: ignore[attr-defined]
                "is_closed": period.state == Period.State.CLOSED,
            }
        return self.page("console/settlement/tax.html", context)


def _first(months: list[str]) -> str:
    """The latest closed month, which is what is filed; else the latest there is."""
    closed = Period.objects.filter(state=Period.State.CLOSED).order_by("-code").values_list("code", flat=True).first()
    return closed or next(iter(months), "")


class TaxPerson(ConsoleView):
    """One person's month: the statements, the reckoning step by step, the year. The address names a statement of it."""

    permission = "settlements.view"

    def get(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        rows = Statement.objects.select_related("period").defer("period__inputs")
        row = tax_ledger.person_of(get_object_or_404(rows, pk=pk, period__code=code))
        if row is None:
            raise Http404
        period = row.parts[0].statement.period
        months = tax_ledger.months_of(row, period)
        context = {
            "title": row.payee.legal_name,
            "crumbs": [(_("Tax ledger"), f"{reverse(PAGE)}?month={code}")],
            "row": row,
            "method": method_words(row),
            "period": period,
            "steps": steps(row),
            "months": months,
            "year_income": sum(month.income for _period, month in months),
            "year_tax": sum(month.tax for _period, month in months),
        }
        return self.page("console/settlement/tax_person.html", context)


def steps(row: PersonMonth) -> list[tuple[str, str, str]]:
    """How the tax came about, step by step: what, the figure, and where it is from."""
    how = row.reckoning
    monthly = row.method in ("per_payment", "non_resident")
    social, special = row.deductions_of_month
    found = [
        (
            _("Income taxed together"),
            formats.money(how.income),
            _("all statements of the month") if monthly else _("all statements of the year that count together"),
        )
    ]
    if row.costs:
        found.append((_("− costs"), exact_money(row.costs), _costs_words(row)))
    if how.deductions:
        parts = ngettext(
            "basic deduction for %(months)s month", "basic deduction for %(months)s months", how.months
        ) % {"months": how.months}
        if row.method == "wages":
            parts = _("%(basic)s; social insurance and special deductions, this month %(social)s and %(special)s") % {
                "basic": parts,
                "social": formats.money(social),
                "special": formats.money(special),
            }
        found.append((_("− deductions"), formats.money(how.deductions), parts))
    found += [
        (_("= taxable amount"), exact_money(how.base), ""),
        (_("× rate − quick deduction"), f"{exact_percent(how.rate)} − {formats.money(how.quick)}", _source(row)),
        (_("= tax due"), exact_money(how.due), _("rounded once, to the fen")),
    ]
    if row.withheld_before:
        found.append((_("− withheld before"), formats.money(row.withheld_before), _("in the months before")))
    too_much = row.withheld_before > how.due
    hint = _("never below zero: too much withheld is settled by the year's return") if too_much else ""
    return [*found, (_("= tax of the month"), formats.money(row.tax), hint)]


def _costs_words(row: PersonMonth) -> str:
    table = row.table
    if table is None or row.reckoning.income > table.flat_up_to:
        return exact_percent(table.cost_rate) if table else ""
    return _("flat, for income up to %(limit)s") % {"limit": formats.money(table.flat_up_to)}


def _source(row: PersonMonth) -> str:
    return f"{row.table.code} · {row.table.source}" if row.table else str(row.reckoning.table)
