"""A statement in its order, the buckets behind it, their lines, and how one share came about."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mcn.commissions.explanation import explain
from mcn.commissions.models import Bucket, ShareLine
from mcn.console.generic.keyset import keyset_page
from mcn.console.settlement import words
from mcn.console.settlement.months import MONTHS, MonthView
from mcn.console.views import ConsoleView
from mcn.core import formats
from mcn.sales.models import Entry
from mcn.settlements import overview
from mcn.settlements.models import Period, Statement

SUMS = {"earned", "taxable", "net_pay", "carried_forward"}
# docs/money.md §5: the numbers of the lines in their order; line 3 has several.
LINES = (
    (1, "commission_share"),
    (2, "clawback_share"),
    (3, "slot_fee_share"),
    (3, "tips_share"),
    (3, "ads_share"),
    (3, "override_share"),
    (3, "bonus"),
    (4, "earned"),
    (5, "guarantee_top_up"),
    (6, "penalties"),
    (7, "paid_by_platform"),
    (8, "brought_forward"),
    (9, "taxable"),
    (10, "tax"),
    (11, "advance_recouped"),
    (12, "net_pay"),
    (13, "carried_forward"),
)


def statement_address(code: str, payee_id: int) -> str:
    """Where the statement of a payee and month is; the month's page if there is none."""
    pk = Statement.objects.filter(period__code=code, payee=payee_id).values_list("pk", flat=True).first()
    return reverse("console:statement", args=[code, pk]) if pk else reverse("console:month", args=[code])


class StatementPage(MonthView):
    """The lines of a statement, each with where it comes from."""

    def get(self, request: HttpRequest, code: str, pk: int) -> HttpResponse:
        period = self.period(code)
        statement = get_object_or_404(overview.statements_of(period), pk=pk)
        before = overview.month_before(code)
        earlier = Statement.objects.filter(period=before, payee=statement.payee_id).first() if before else None
        order = [name for _number, name in LINES]
        buckets = sorted(self.buckets(period, statement), key=lambda bucket: order.index(bucket.column))
        context = {
            "title": statement.name,
            "crumbs": [(_("Months"), reverse(MONTHS)), (formats.period(code), reverse("console:month", args=[code]))],
            "period": period,
            "statement": statement,
            "lines": self.lines(period, statement, earlier, buckets),
            "buckets": [self.bucket(bucket) for bucket in buckets],
            "earlier": earlier,
            "compared": before,
            "neighbours": self.neighbours(period, statement),
        }
        return self.page("console/settlement/statement.html", context)

    @staticmethod
    def buckets(period: Period, statement: Statement) -> QuerySet:
        rows = Bucket.objects.filter(period=period.code, payee=statement.payee_id)
        return rows.select_related(
            "anchor", "version__contract", "rule__sku", "rule__deal", "rule__brand", "override", "payee"
        ).order_by("kind", "-base_fen", "id")

    @staticmethod
    def bucket(bucket: Bucket) -> dict[str, Any]:
        return {
            "bucket": bucket,
            "column": words.label(f"{bucket.column}_fen"),
            "rule": words.bucket_rule(bucket),
            "rate": words.bucket_rate(bucket),
            "tier": words.tier_words(bucket),
        }

    def lines(
        self, period: Period, statement: Statement, earlier: Statement | None, buckets: list[Bucket]
    ) -> list[dict[str, Any]]:
        """Number, label, where it comes from, amount, and what it was in the month before."""
        sources = self.sources(period, statement, earlier, buckets)
        made = []
        for number, name in LINES:
            amount = getattr(statement, f"{name}_fen")
            made.append(
                {
                    "number": number,
                    "name": name,
                    "label": words.label(f"{name}_fen"),
                    "source": sources.get(name, ""),
                    "amount": amount,
                    "before": getattr(earlier, f"{name}_fen") if earlier else None,
                    "css": "is-pay" if name == "net_pay" else "is-sum" if name in SUMS else "",
                }
            )
        return made

    @staticmethod
    def sources(
        period: Period, statement: Statement, earlier: Statement | None, buckets: list[Bucket]
    ) -> dict[str, str]:
        details = statement.details
        found: dict[str, str] = {
            "earned": _("sum of 1 to 3"),
            "guarantee_top_up": words.guarantee_words(details) if details else "",
            "taxable": _("4 + 5 + 6 + 7 + 8, not below zero"),
            "tax": words.tax_words(details) if details else "",
            "net_pay": _("9 − 10 − 11"),
            "carried_forward": _("what is below zero goes into the next month"),
            "paid_by_platform": _("what the platform paid into the account itself"),
        }
        for name in ("commission_share", "clawback_share", "slot_fee_share", "tips_share", "ads_share",
                     "override_share", "bonus"):  # fmt: skip
            own = [bucket for bucket in buckets if bucket.column == name]
            if own:
                lines = sum(bucket.lines for bucket in own)
                text = ngettext("%(lines)s line, shared by %(rules)s", "%(lines)s lines, shared by %(rules)s", lines)
                found[name] = text % {
                    "lines": f"{lines:,}",
                    "rules": formats.listed(dict.fromkeys(words.bucket_rule(bucket) for bucket in own)),
                }
        penalties = Entry.objects.filter(
            settle_period=period.code, income=Entry.Income.PENALTY, anchor__payee=statement.payee_id
        )
        found["penalties"] = formats.listed(f"{entry.code} {entry.note}".strip() for entry in penalties)
        if statement.brought_forward_fen and earlier:
            found["brought_forward"] = _("carried over from %(month)s") % {"month": formats.period(earlier.period.code)}
        recouped = statement.recoupments.select_related("advance").order_by("advance__paid_on", "advance__code")
        found["advance_recouped"] = formats.listed(
            _("%(advance)s of %(paid)s: %(amount)s")
            % {
                "advance": row.advance.code,
                "paid": f"{row.advance.paid_on:%Y-%m-%d}",
                "amount": formats.money(row.amount_fen),
            }
            for row in recouped
        )
        return found

    @staticmethod
    def neighbours(period: Period, statement: Statement) -> tuple[Statement | None, Statement | None]:
        """The statements before and after by code, for leafing through a month."""
        rows = Statement.objects.filter(period=period)
        return (
            rows.filter(code__lt=statement.code).order_by("-code").first(),
            rows.filter(code__gt=statement.code).order_by("code").first(),
        )


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
            **StatementPage.bucket(bucket),
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
        context = {"share": share, "steps": explain(share), "bucket": share.bucket}
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
