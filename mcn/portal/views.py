"""The anchor's pages: every page shows the anchor's own figures and nobody else's."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views import View

from mcn.anchors.models import Anchor, Payee
from mcn.commissions.explanation import explain
from mcn.core.encryption import masked
from mcn.core.errors import DomainError, RuleError
from mcn.core.money import yuan
from mcn.portal import selectors
from mcn.portal.forms import EstimateForm
from mcn.settlements.corrections.reads import of_statement
from mcn.settlements.disputes import reads
from mcn.settlements.disputes import services as disputes
from mcn.settlements.disputes.deadlines import standing
from mcn.settlements.estimate import Estimate, average_income, estimate
from mcn.settlements.exports import statement_book_job
from mcn.settlements.exports.downloads import statement_response, statement_xlsx_response
from mcn.settlements.models import Period
from mcn.settlements.payouts.progress import paid_of
from mcn.settlements.statements import comparison
from mcn.settlements.statements.lines import buckets_of
from mcn.settlements.statements.story import ending, story
from mcn.tenancy.models import Agency


class PortalView(View):
    """Base of the anchor's pages: a member with the role, who is an anchor. POST needs `change_permission`."""

    permission = "portal.view"
    change_permission = ""
    anchor: Anchor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = getattr(request, "member", None)
        if member is None:
            raise Http404
        reads = request.method in {"GET", "HEAD", "OPTIONS"}
        if not member.can(self.permission if reads else self.change_permission or self.permission):
            raise PermissionDenied
        anchor = selectors.own_anchor(member)
        if anchor is None:
            return render(request, "portal/nobody.html", {"title": _("My earnings")}, status=404)
        self.anchor = anchor
        response = super().dispatch(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response  # type: ignore[return-value]

    def page(self, template: str, title: str, tab: str, status: int = 200, **context: Any) -> HttpResponse:
        """Render now, inside the request's transaction."""
        tabs = [
            {"code": "earnings", "label": _("Earnings"), "url": reverse("portal:earnings"), "icon": "wallet"},
            {"code": "contract", "label": _("Contract"), "url": reverse("portal:contract"), "icon": "file-text"},
            {"code": "me", "label": _("Me"), "url": reverse("portal:me"), "icon": "user"},
        ]
        for entry in tabs:
            entry["current"] = entry["code"] == tab  # type: ignore[assignment]
        context |= {"title": title, "tabs": tabs, "anchor": self.anchor}
        return render(self.request, template, context, status=status)


class Earnings(PortalView):
    """The start page: the newest month, and all months."""

    def get(self, request: HttpRequest) -> HttpResponse:
        statements = selectors.own_statements(self.anchor)[:36]
        paid = paid_of([self.anchor.payee_id])
        months = [(one, selectors.month_state(one.period), paid.get(one.pk)) for one in statements]
        has_advances = selectors.has_advances(self.anchor)
        return self.page("portal/earnings.html", _("My earnings"), "earnings", months=months, has_advances=has_advances)


class Advances(PortalView):
    """What was paid in advance and what the agency holds, each with its history."""

    def get(self, request: HttpRequest) -> HttpResponse:
        advances, held = selectors.own_advances(self.anchor)
        return self.page(
            "portal/advances.html",
            _("Advances and deposits"),
            "earnings",
            advances=advances,
            deposits=held,
            plans=selectors.own_plans(self.anchor),
        )


class Month(PortalView):
    """One month as a short story, the statement line by line, and what the anchor says to it. POST accepts it."""

    change_permission = "portal.answer"

    def post(self, request: HttpRequest, period: str) -> HttpResponse:
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        try:
            disputes.statement_accept(actor=request.user, period=statement.period)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        else:
            messages.success(request, _("You have accepted the statement. Thank you."))
        return HttpResponseRedirect(request.path)

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        return self.page(
            "portal/month.html",
            _("Statement"),
            "earnings",
            statement=statement,
            story=story(statement, buckets_of(statement)),
            ending=ending(statement),
            month_state=selectors.month_state(statement.period),
            paid=paid_of([statement.payee_id]).get(statement.pk),
            standing=standing(request.agency, statement.period, statement.payee_id),  # type: ignore[attr-defined]
            disputes=reads.of_statement(statement.period_id, statement.payee_id),
            waits=disputes.unsettled(statement.period, statement.payee_id).exists(),
            corrections=of_statement(statement).filter(made__isnull=False),
            at_once=statement_book_job.is_at_once(statement),
            book=statement_book_job.latest(statement),
        )


class StatementPdf(PortalView):
    """The month's statement as a paper, to keep."""

    def get(self, request: HttpRequest, period: str) -> FileResponse:  # type: ignore[override]
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        return statement_response(
            actor=request.user,  # type: ignore[arg-type]
            agency=request.agency,  # type: ignore[attr-defined]
            statement=statement,
            compared=bool(request.GET.get("compared")),
        )


class Compared(PortalView):
    """The month's statement beside that of an earlier month: line by line, and why."""

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        months = comparison.earlier_months(statement)
        asked = request.GET.get("month", "")
        month = asked if asked in months else next(iter(months), "")
        other = comparison.earlier_statement(statement, month)
        return self.page(
            "portal/compared.html",
            _("Comparison"),
            "earnings",
            statement=statement,
            months=months,
            month=month,
            comparison=comparison.with_month(statement, other) if other else None,
        )


class StatementXlsx(PortalView):
    """The month's statement with every line as xlsx; with many lines, as a worker made it."""

    def get(self, request: HttpRequest, period: str) -> FileResponse | HttpResponse:  # type: ignore[override]
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        made = statement_xlsx_response(actor=request.user, agency=request.agency, statement=statement)  # type: ignore[arg-type, attr-defined]
        return made or HttpResponseRedirect(reverse("portal:month", args=[period]))


class StatementXlsxOrder(PortalView):
    """Have a worker make it."""

    change_permission = "portal.answer"

    def post(self, request: HttpRequest, period: str) -> HttpResponse:
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        try:
            statement_book_job.start(actor=request.user, statement=statement)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        return HttpResponseRedirect(reverse("portal:month", args=[period]))


class Lines(PortalView):
    """The lines of a month, newest first, page by page."""

    def get(self, request: HttpRequest, period: str) -> HttpResponse:
        statement = get_object_or_404(selectors.own_statements(self.anchor), period__code=period)
        before = request.GET.get("before", "")
        search = request.GET.get("q", "").strip()
        lines = selectors.own_lines(
            self.anchor, period, search=search, before=int(before) if before.isdecimal() else None
        )
        more = len(lines) > selectors.PAGE
        lines = lines[: selectors.PAGE]
        return self.page(
            "portal/lines.html",
            _("Order lines"),
            "earnings",
            statement=statement,
            lines=lines,
            search=search,
            next_before=lines[-1].pk if more else None,
        )


class Line(PortalView):
    """How one line's share was computed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        line = selectors.own_line(self.anchor, pk)
        if line is None:
            raise Http404
        period = Period.objects.defer("inputs").get(code=line.period)
        return self.page(
            "portal/line.html",
            _("How this was computed"),
            "earnings",
            line=line,
            steps=explain(line),
            may_dispute=standing(request.agency, period, self.anchor.payee_id).may_be_disputed,  # type: ignore[attr-defined]
        )


class ContractInForce(PortalView):
    """The terms that count today."""

    def get(self, request: HttpRequest) -> HttpResponse:
        agency = request.agency  # type: ignore[attr-defined]
        today = agency.today()
        return self.page(
            "portal/contract.html", _("Contract"), "contract", terms=selectors.terms_on(self.anchor, today)
        )


class Estimator(PortalView):
    """What would be left of an income, by how one is paid. Asked by address: nothing is kept."""

    def get(self, request: HttpRequest) -> HttpResponse:
        payee, agency = self.anchor.payee, request.agency  # type: ignore[attr-defined]
        average, agreed = average_income(payee), selectors.terms_on(self.anchor, agency.today())
        first = {
            "kind": payee.kind,
            "income": "" if average is None or average < 0 else yuan(average),
            "net_of_tax": agreed is not None and agreed.version.net_of_tax,
            "social_insurance": yuan(payee.social_insurance_fen),
            "special_deductions": yuan(payee.special_deductions_fen),
        }
        asked = "kind" in request.GET
        form = EstimateForm(request.GET if asked else first)
        found, refused = None, ""
        if first["income"] or asked:
            found, refused = self.estimate(form, agency)
        else:
            form = EstimateForm(initial=first)
        return self.page(
            "portal/estimate.html",
            _("Estimator"),
            "earnings",
            form=form,
            found=found,
            refused=refused,
            kind=Payee.Kind(found.kind).label if found else "",
            from_average=average is not None and not asked,
        )

    @staticmethod
    def estimate(form: EstimateForm, agency: Agency) -> tuple[Estimate | None, str]:
        """The estimate, or why there is none (the form says it itself where it is the form's)."""
        if not form.is_valid():
            return None, ""
        data = form.cleaned_data
        try:
            found = estimate(
                agency=agency,
                kind=data["kind"],
                income=data["income"],
                year=agency.today().year,
                social_insurance=data["social_insurance"] or 0,
                special_deductions=data["special_deductions"] or 0,
                net_of_tax=data["net_of_tax"],
            )
        except RuleError as error:
            return None, str(error)
        return found, ""


class Me(PortalView):
    """The anchor's own details; identity and bank data masked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        payee = self.anchor.payee
        bank, alipay = cast(dict[str, Any], payee.bank), cast(dict[str, Any], payee.alipay)
        return self.page(
            "portal/me.html",
            _("Me"),
            "me",
            payee=payee,
            id_number=masked(payee.id_number, head=3, tail=2) if payee.id_number else "",
            phone=masked(payee.phone, head=3, tail=4) if payee.phone else "",
            bank_account=masked(str(bank.get("account", ""))) if bank.get("account") else "",
            bank_name=bank.get("bank", ""),
            alipay_account=masked(str(alipay.get("account", "")), head=2, tail=2) if alipay.get("account") else "",
            accounts=self.anchor.accounts.order_by("platform", "-starts_on"),
        )
