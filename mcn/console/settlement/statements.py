"""A statement in its order, the buckets behind it, their lines, and how one share came about."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from mcn.commissions.explanation import explain
from mcn.commissions.models import Bucket, ShareLine
from mcn.console.generic.keyset import keyset_page
from mcn.console.settlement.months import MONTHS, MonthView
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.core.errors import DomainError
from mcn.settlements import overview
from mcn.settlements.corrections import reads as corrections
from mcn.settlements.disputes import reads as disputes
from mcn.settlements.disputes.deadlines import standing
from mcn.settlements.exports import statement_book_job
from mcn.settlements.exports.downloads import statement_response, statement_xlsx_response
from mcn.settlements.former import changes
from mcn.settlements.holds import held
from mcn.settlements.models import Period, Statement
from mcn.settlements.payouts.progress import paid_of
from mcn.settlements.statements import comparison, words
from mcn.settlements.statements.lines import buckets_of, earlier_of, lines_of


def statement_address(code: str, payee_id: int) -> str:
    """Where the statement of a payee and month is; the month's page if there is none."""
    pk = Statement.objects.filter(period__code=code, payee=payee_id).values_list("pk", flat=True).first()
    return reverse("console:statement", args=[code, pk]) if pk else reverse("console:month", args=[code])


def statement_or_404(period: Period, pk: int) -> Statement:
    """The statement of a month with this id."""
    return get_object_or_404(overview.statements_of(period).select_related("period").defer("period__inputs"), pk=pk)


def bucket_words(bucket: Bucket) -> dict[str, Any]:
    """A bucket with its words."""
    return {
        "bucket": bucket,
        "column": words.label(f"{bucket.column}_fen"),
        "rule": words.bucket_rule(bucket),
        "rate": words.bucket_rate(bucket),
        "tier": words.tier_words(bucket),
    }


class StatementPage(MonthView):
    """The lines of a statement, each with where it comes from."""

    def get(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        period = self.period(code)
        statement = statement_or_404(period, pk)
        buckets, earlier = buckets_of(statement), earlier_of(statement)
        context = {
            "title": statement.name,
            "crumbs": [(_("Months"), reverse(MONTHS)), (formats.period(code), reverse("console:month", args=[code]))],
            "period": period,
            "statement": statement,
            "lines": lines_of(statement, earlier, buckets),
            "corrections": corrections.of_statement(statement),
            "paid_corrections": [
                (one, words.corrected_words(one)) for one in corrections.in_statement(statement, buckets)
            ],
            "disputes": disputes.of_statement(period.pk, statement.payee_id)
            if request.member.can("disputes.view")  # type: ignore[attr-defined]
            else [],
            "standing": standing(request.agency, period, statement.payee_id),  # type: ignore[attr-defined]
            "paid": paid_of([statement.payee_id]).get(statement.pk),
            "held": held([statement.payee_id]).get(statement.payee_id),
            "buckets": [bucket_words(bucket) for bucket in buckets],
            "earlier": earlier,
            **self.compared(statement),
            **self.former(period, statement),
            "at_once": statement_book_job.is_at_once(statement),
            "neighbours": self.neighbours(period, statement),
        }
        return self.page("console/settlement/statement.html", context)

    def compared(self, statement: Statement) -> dict[str, Any]:
        """The statement beside that of an earlier month: the one asked for, else the newest."""
        months = comparison.earlier_months(statement)
        asked = self.request.GET.get("month", "")
        month = asked if asked in months else next(iter(months), "")
        other = comparison.earlier_statement(statement, month)
        return {
            "months": months,
            "month": month,
            "comparison": comparison.with_month(statement, other) if other else None,
        }

    @staticmethod
    def former(period: Period, statement: Statement) -> dict[str, Any]:
        """What this statement said before the newest calculation, while that is kept."""
        former = changes.former_of(period)
        if former is None:
            return {}
        return {"former": former, "former_statement": former.statements.filter(payee=statement.payee_id).first()}

    @staticmethod
    def neighbours(period: Period, statement: Statement) -> tuple[Statement | None, Statement | None]:
        """The statements before and after by code, for leafing through a month."""
        rows = Statement.objects.filter(period=period)
        return (
            rows.filter(code__lt=statement.code).order_by("-code").first(),
            rows.filter(code__gt=statement.code).order_by("code").first(),
        )


class StatementPdf(MonthView):
    """The statement as a paper."""

    def get(self, request: HttpRequest, code: str, pk: int) -> FileResponse:  # type: ignore[override]
        statement = statement_or_404(self.period(code), pk)
        return statement_response(
            actor=request.user,  # type: ignore[arg-type]
            agency=request.agency,  # type: ignore[attr-defined]
            statement=statement,
            compared=bool(request.GET.get("compared")),
        )


class StatementXlsx(MonthView):
    """The statement with every line as xlsx; with many lines, as a worker made it."""

    def get(self, request: HttpRequest, code: str, pk: int) -> FileResponse | HttpResponse:  # type: ignore[override]
        statement = statement_or_404(self.period(code), pk)
        made = statement_xlsx_response(actor=request.user, agency=request.agency, statement=statement)  # type: ignore[arg-type, attr-defined]
        return made or HttpResponseRedirect(reverse("console:statement", args=[code, pk]))


class StatementXlsxOrder(MonthView):
    """Have a worker make it."""

    change_permission = "exports.create"

    def get(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        statement = statement_or_404(self.period(code), pk)
        return HttpResponseRedirect(reverse("console:statement", args=[code, statement.pk]))

    def post(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        statement = statement_or_404(self.period(code), pk)
        try:
            job = statement_book_job.start(actor=request.user, statement=statement)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
            return HttpResponseRedirect(reverse("console:statement", args=[code, pk]))
        return HttpResponseRedirect(reverse("console:job", args=[job.pk]))


class BucketPage(MonthView):
    """The lines that were rounded together, in the order they stand in the bucket."""

    def get(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        period = self.period(code)
        rows = Bucket.objects.select_related(
            "payee", "anchor", "version__contract", "rule__sku", "rule__deal", "rule__brand", "override"
        )
        bucket = get_object_or_404(rows, pk=pk, period=code)
        lines = ShareLine.objects.filter(period=code, bucket=bucket).select_related("event__line", "entry")
        page = keyset_page(lines, by="id", at=request.GET.get("at", ""), descending=False)
        statement_url = statement_address(period.code, bucket.payee_id)
        context = {
            "title": words.bucket_rule(bucket),
            "crumbs": [
                (formats.period(period.code), reverse("console:month", args=[code])),
                (str(bucket.payee), statement_url),
            ],
            "period": period,
            **bucket_words(bucket),
            "page": page,
        }
        return self.page("console/settlement/bucket.html", context)


class ShareExplanation(ConsoleView):
    """How one share came about, step by step; as a page, or as a part of one."""

    permission = "settlements.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = ShareLine.objects.numbered(pk).select_related(
            "bucket__payee",
            "bucket__version__contract",
            "bucket__rule__version__contract",
            "bucket__override",
            "event__line",
            "entry",
            "agency",
        )
        share = get_object_or_404(rows)
        closed = overview.month(share.period)
        context = {
            "share": share,
            "steps": explain(share),
            "bucket": share.bucket,
            "may_be_held": closed is not None and closed.state == Period.State.CLOSED and share.share_fen > 0,
        }
        if request.htmx:  # type: ignore[attr-defined]
            return self.page("components/explanation.html", context)
        code = share.period
        context |= {
            "title": _("How was this computed?"),
            "crumbs": [
                (formats.period(code), reverse("console:month", args=[code])),
                (str(share.bucket.payee), statement_address(code, share.bucket.payee_id)),
                (words.bucket_rule(share.bucket), reverse("console:bucket", args=[code, share.bucket_id])),
            ],
        }
        return self.page("console/settlement/share.html", context)
